"""Tests of scripts/spark-import.py, of all that needs no Spark; scripts/test runs them."""

import contextlib
import io
import json
import os
import pathlib
import runpy
import sys
import tarfile
import tempfile
import unittest
import zlib

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "spark-import.py"
module = runpy.run_path(str(SCRIPT))
JobError = module["JobError"]


def objects(*sizes):
    return [{"path": f"/{number}", "size": size} for number, size in enumerate(sizes)]


class PlanningTests(unittest.TestCase):
    def test_every_object_is_in_one_bin(self):
        for cores in (1, 2, 16):
            for limit in (1, 10, 1000):
                found = module["bins"](objects(*range(1, 40)), cores, limit)
                self.assertEqual(
                    sorted(path for paths in found for path in paths),
                    sorted(f"/{number}" for number in range(39)),
                )
                self.assertTrue(all(found), "a bin is empty")

    def test_bins_are_as_many_as_the_bytes_or_the_cores_need(self):
        self.assertEqual(len(module["bins"](objects(*[10] * 100), 2, 100)), 10)
        self.assertEqual(len(module["bins"](objects(*[10] * 100), 8, 1000)), 24)
        self.assertEqual(len(module["bins"](objects(5, 5), 8, 1000)), 2)

    def test_a_large_object_has_a_bin_of_its_own(self):
        found = module["bins"](objects(1000, *[1] * 50), 1, 300)
        self.assertIn(["/0"], found)

    def test_the_same_objects_make_the_same_bins(self):
        items = objects(3, 1, 4, 1, 5, 9, 2, 6)
        self.assertEqual(module["bins"](items, 2, 5), module["bins"](items[::-1], 2, 5))

    def test_a_file_that_decides_how_long_it_takes_is_named(self):
        large = module["BIN_BYTES"]
        self.assertIn("/0", module["advice"](objects(large, large // 4), 4)[0])
        self.assertEqual(module["advice"](objects(*[large] * 4), 4), [])
        self.assertEqual(module["advice"](objects(large, 1), 1), [])
        self.assertEqual(module["advice"]([], 4), [])

    def test_an_address_has_one_spelling(self):
        for text, wanted in {
            "file:/a/b": "file:///a/b",
            "file:///a": "file:///a",
            "s3a://b/file:/x": "s3a://b/file:/x",
        }.items():
            self.assertEqual(module["address"](text), wanted)

    def test_rows_of_a_bucket_have_one_partition_and_books_the_last(self):
        partition_of, bucket_of = module["partition_of"], module["bucket_of"]
        self.assertEqual(bucket_of(b'{"b":29378879,"s":"0"}\n'), 29378879)
        for row in [b'{"source":"0"}\n', b'{"tally":1}\n', b'{"templates":"b"}\n']:
            self.assertEqual(bucket_of(row), -1)
        self.assertEqual(partition_of(-1, 7), 7)
        self.assertEqual({partition_of(bucket, 7) for bucket in range(100)}, set(range(7)))


class RowTests(unittest.TestCase):
    def check(self, rows):
        checker = module["RowChecker"]()
        taken = [row for row in rows if checker.add(row)]
        checker.finish()
        return taken

    def stream(self, *rows):
        end = {"end": 1, "rows": len(rows), "crc32": f"{zlib.crc32(b''.join(rows)):08x}"}
        return [*rows, json.dumps(end).encode() + b"\n"]

    def test_a_whole_stream_is_handed_on_without_its_end(self):
        self.assertEqual(self.check(self.stream(b"a\n", b"b\n")), [b"a\n", b"b\n"])

    def test_a_stream_that_is_not_whole_is_refused(self):
        whole = self.stream(b"a\n", b"b\n")
        for rows in [whole[:-1], whole[1:], [*whole, b"c\n"], [b"x\n", *whole[1:]], []]:
            with self.assertRaises(JobError):
                self.check(rows)


class CommandTests(unittest.TestCase):
    def lines(self, program, feed=lambda pipe: None):
        return list(module["lines_of"]([sys.executable, "-c", program], feed))

    def test_lines_come_while_input_is_written(self):
        program = "import sys\nfor line in sys.stdin: print(line.upper(), end='')"
        wanted = [f"LINE {number}\n".encode() for number in range(50_000)]

        def feed(pipe):
            for line in wanted:
                pipe.write(line.lower())

        self.assertEqual(self.lines(program, feed), wanted)

    def test_an_exit_status_is_an_error_with_what_was_said(self):
        with self.assertRaisesRegex(JobError, "because"):
            self.lines("import sys\nprint('half')\nsys.exit('because')")

    def test_what_cannot_be_fed_is_an_error(self):
        def feed(pipe):
            raise OSError("gone")

        with self.assertRaisesRegex(OSError, "gone"):
            self.lines("import sys; sys.stdin.read()", feed)

    def test_a_program_that_does_not_read_its_input_says_why(self):
        with self.assertRaisesRegex(JobError, "early"):
            self.lines("import sys; sys.exit('early')", lambda pipe: pipe.write(b"x" * (1 << 22)))

    def test_the_program_is_found_as_named(self):
        self.assertEqual(module["find_backtally"](sys.executable), sys.executable)
        with tempfile.TemporaryDirectory() as folder:
            before = os.environ["PATH"]
            os.environ["PATH"] = folder
            try:
                with self.assertRaises(JobError):
                    module["find_backtally"](None)
            finally:
                os.environ["PATH"] = before


class ArchiveTests(unittest.TestCase):
    def test_an_archive_holds_what_it_was_given(self):
        pipe = io.BytesIO()
        members = [("s3a://logs/" + "x" * 200 + ".gz", b"one"), ("s3a://logs/é.gz", b"")]
        module["write_tar"](
            pipe, ((name, len(content), io.BytesIO(content)) for name, content in members)
        )
        pipe.seek(0)
        with tarfile.open(fileobj=pipe, mode="r|") as archive:
            found = [(entry.name, archive.extractfile(entry).read()) for entry in archive]
        self.assertEqual(found, members)

    def test_an_object_that_is_shorter_than_it_was_said_to_be_is_an_error(self):
        with self.assertRaises(OSError):
            module["write_tar"](io.BytesIO(), [("a", 10, io.BytesIO(b"short"))])

    def test_a_file_is_opened_by_its_address(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.log")
            path.write_bytes(b"line\n")
            name, size, file = module["open_object"](path.as_uri(), "auto")
            with file:
                self.assertEqual((name, size, file.read()), (path.as_uri(), 5, b"line\n"))


class JobTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.config = self.folder / "c.yaml"
        self.config.write_text("env: prod\n")

    def job(self, *more, pattern="a*"):
        arguments = ["--config", self.config, "--work", self.folder / "work"]
        arguments += ["--input", self.folder / pattern, "--backtally", sys.executable, *more]
        job = module["Job"](None, module["parsed"]([str(word) for word in arguments]))
        self.addCleanup(job.close)
        return job

    def test_a_folder_is_for_one_job(self):
        self.job().claim_work()
        self.job().claim_work()
        with self.assertRaisesRegex(JobError, "another job"):
            self.job(pattern="b*").claim_work()
        self.config.write_text("env: test\n")
        with self.assertRaisesRegex(JobError, "another job"):
            self.job().claim_work()

    def test_files_are_listed_once_each(self):
        for name in ["a2", "a1", "b"]:
            (self.folder / name).write_text(name)
        (self.folder / "a-folder").mkdir()
        found = module["listed"](None, [f"{self.folder}/a*", f"{self.folder}/*1"])
        self.assertEqual([pathlib.Path(item["path"]).name for item in found], ["a1", "a2"])
        self.assertEqual(found[0]["size"], 2)
        with self.assertRaises(JobError):
            module["listed"](None, [f"{self.folder}/zz*"])

    def test_the_ledger_is_asked_for_the_same_app_that_is_imported(self):
        options = self.job("--hub-url", "http://h", "--state-dir", "/s").target_options()
        self.assertEqual(options[2:], ["--state-dir", "/s", "--hub-url", "http://h"])

    def test_mistaken_options_are_refused(self):
        for words in (["--parts", "0"], ["--bin-bytes", "0"], ["--bad-sources", "x"]):
            with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
                self.job(*words)


if __name__ == "__main__":
    unittest.main()
