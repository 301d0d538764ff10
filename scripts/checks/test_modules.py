"""Tests of scripts/checks/modules, on packages of a few lines; scripts/test runs them."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent / "modules"
POLICY = """
flow = ["source", "Low", "High", "hub"]

[[layer]]
name = "below"
purpose = "first"
[layer.modules]
Low = { uses = ["Foundation"] }
Side = {}

[[layer]]
name = "above"
purpose = "second"
[layer.modules]
High = { imports = ["Low"] }
"""
PAGE = "# Page\n\n<!-- modules: scripts/checks/modules writes this -->\n<!-- /modules -->\n\nEnd\n"


class ModulesTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.dependencies = {"Low": [], "Side": [], "High": ["Low"]}
        self.policy = POLICY
        self.write("docs/DESIGN.md", PAGE)
        self.write("Sources/Low/Low.swift", "import Foundation\n")
        self.write("Sources/Side/Side.swift", "")
        self.write("Sources/High/Deep/High.swift", "// import Side\npackage import Low\n")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run_script(self, *options):
        targets = [
            {
                "name": name,
                "type": "regular",
                "dependencies": [{"byName": [other, None]} for other in others],
            }
            for name, others in self.dependencies.items()
        ]
        targets.append({"name": "LowTests", "type": "test", "dependencies": []})
        self.write("package.json", json.dumps({"targets": targets}))
        self.write("modules.toml", self.policy)
        files = ["--package", self.root / "package.json", "--policy", self.root / "modules.toml"]
        return subprocess.run(
            [sys.executable, SCRIPT, *options, "--root", self.root, *files],
            capture_output=True,
            text=True,
            check=False,
        )

    def expect(self, *problems):
        """What --check says of a package whose page is current."""
        self.run_script("--write")
        result = self.run_script("--check")
        self.assertEqual(result.stderr.splitlines(), list(problems))
        self.assertEqual(result.returncode, int(bool(problems)))

    def test_what_is_allowed_passes(self):
        self.expect()

    def test_a_forbidden_import_is_refused_with_its_place(self):
        self.dependencies["High"].append("Side")
        self.write("Sources/High/Other.swift", "\n@testable internal import struct Side.A\n")
        self.expect("Sources/High/Other.swift:2: High may not import Side")

    def test_an_import_against_the_direction_is_refused(self):
        self.write("Sources/Low/Up.swift", "import High")
        self.expect(
            "Sources/Low/Up.swift:1: Low may not import High",
            "Sources/Low/Up.swift:1: Package.swift does not declare High for Low",
        )

    def test_a_foreign_module_is_refused_unless_it_is_named(self):
        self.write("Sources/High/Other.swift", "#if os(Linux)\n  import Glibc\n#endif\n")
        self.expect("Sources/High/Other.swift:2: High may not import Glibc")

    def test_an_import_that_the_package_does_not_declare_is_refused(self):
        self.dependencies["High"] = []
        self.expect("Sources/High/Deep/High.swift:2: Package.swift does not declare Low for High")

    def test_a_dependency_that_nobody_imports_is_refused(self):
        self.dependencies["High"].append("Side")
        self.expect("Package.swift: High depends on Side, which no file of it imports")

    def test_prose_in_a_literal_is_no_import(self):
        text = 'let a = """\n  import without a hub\n  """\n'
        self.write("Sources/High/Other.swift", text)
        self.expect()

    def test_an_exception_is_for_one_file_and_must_be_needed(self):
        self.dependencies["High"].append("Side")
        self.policy += """
[[exception]]
module = "High"
imports = "Side"
files = ["Other.swift", "Third.swift"]
reason = "a test"
"""
        self.write("Sources/High/Other.swift", "import Side\n")
        self.write("Sources/High/Fourth.swift", "import Side\n")
        self.expect(
            "Sources/High/Fourth.swift:1: High may not import Side",
            "modules.toml: High's Third.swift needs no exception for Side",
        )

    def test_the_table_and_the_package_have_the_same_modules(self):
        self.policy = POLICY.replace("Side = {}", "Gone = {}")
        self.expect(
            "modules.toml does not name Side, which Package.swift has",
            "modules.toml names Gone, which Package.swift does not have",
        )

    def test_the_table_has_one_direction(self):
        self.policy = POLICY.replace("Side = {}", 'Side = { imports = ["High"] }')
        self.expect("modules.toml allows Side to import High, which comes after it")

    def test_a_page_that_is_not_current_is_refused(self):
        result = self.run_script("--check")
        self.assertEqual(
            result.stderr, "docs/DESIGN.md: not current; scripts/checks/modules --write\n"
        )
        self.assertEqual(result.returncode, 1)

    def test_the_picture_has_layers_and_arrows(self):
        self.assertEqual(self.run_script("--write").returncode, 0)
        page = (self.root / "docs/DESIGN.md").read_text()
        self.assertIn("\n  High --> Low\n", page)
        self.assertIn("above: second\n          High  → Low\n", page)
        self.assertTrue(page.startswith("# Page\n") and page.endswith("\n\nEnd\n"))

    def test_a_page_without_marks_is_refused(self):
        self.write("docs/DESIGN.md", "# Page\n")
        self.assertEqual(self.run_script("--write").returncode, 1)


if __name__ == "__main__":
    unittest.main()
