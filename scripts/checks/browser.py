"""A browser for checks: Debian's chromium, driven by playwright from PyPI."""

import os
import pathlib
import shutil
import subprocess
import sys

CHROMIUM = "/usr/bin/chromium"
PACKAGES = ["playwright==1.65.2", "duckdb==2.0.1"]


def missing():
    """What this machine lacks and cannot get; None if it has all, which can be imported then.

    The packages are installed into an environment of their own below ~/.cache, once.
    """
    if not pathlib.Path(CHROMIUM).exists():
        return "there is no chromium (scripts/install-dependencies --browser)"
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    venv = cache / "backtally" / "browser"
    stamp = venv / "packages"
    if not stamp.exists() or stamp.read_text() != " ".join(PACKAGES):
        shutil.rmtree(venv, ignore_errors=True)
        steps = [
            [sys.executable, "-m", "venv", str(venv)],
            [str(venv / "bin/pip"), "--quiet", "--disable-pip-version-check", "install", *PACKAGES],
        ]
        for step in steps:
            if subprocess.run(step, check=False).returncode:
                return f"{' '.join(PACKAGES)} cannot be installed"
        stamp.write_text(" ".join(PACKAGES))
    for path in venv.glob("lib/*/site-packages"):
        sys.path.insert(0, str(path))
    return None


def launched(playwright):
    """The browser. Its sandbox needs rights that a container lacks, and the pages are our own."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
