"""Other programs that do the same job, as far as PyPI (peers.txt) and Debian have them."""

import hashlib
import json
import shutil
import subprocess
import sys

from measuring import FOLDER, Failure, Task, cache_folder, install, note
from sums import compare, reference_check

# GoAccess does its own job: all its panels, no histograms, routes unfolded.
GOACCESS_FORMATS = {
    "combined": [
        "--log-format",
        '%h %^ %e [%d:%t %^] "%r" %s %b "%R" "%u" %T',
        "--date-format",
        "%d/%b/%Y",
        "--time-format",
        "%T",
    ],
    "json": [
        "--log-format",
        (
            '{"time":"%dT%t+%^","remote_addr":"%h","remote_user":"%e",'
            '"request_method":"%m","request_uri":"%U","server_protocol":"%H","status":"%s",'
            '"body_bytes_sent":"%b","request_time":"%T","http_referer":"%R",'
            '"http_user_agent":"%u"}'
        ),
        "--date-format",
        "%Y-%m-%d",
        "--time-format",
        "%T",
    ],
}


def interpreter():
    """A Python that has what peers.txt lists, or None if they cannot be installed."""
    wanted = FOLDER / "peers.txt"
    name = hashlib.sha256(wanted.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache_folder() / f"venv-{name}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        note("installing DuckDB and polars from PyPI")
        shutil.rmtree(folder, ignore_errors=True)
        install = [python, "-m", "pip", "install", "--quiet", "--requirement", wanted]
        for command in [sys.executable, "-m", "venv", folder], install:
            if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
                note("DuckDB and polars cannot be installed; they are left out")
                return None
        (folder / "complete").touch()
    return python


def goaccess():
    """The path of GoAccess, installed by apt if that can be done, or None."""
    try:
        install("goaccess", "goaccess")
    except Failure as problem:
        note(f"{problem}; it is left out")
    return shutil.which("goaccess")


def versions(python, program):
    found = {}
    if python:
        for line in (FOLDER / "peers.txt").read_text().split():
            name, _, version = line.partition("==")
            found[name] = version
    if program:
        output = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False
        ).stdout
        found["goaccess"] = output.split()[2].rstrip(".")
    return found


def library_tasks(python, log):
    """The job in DuckDB and polars, each on one thread and on two, by (peer, kind, threads)."""
    tasks = {}
    for threads in (1, 2):
        name = f"{log.name}.gz, {threads} thread{'s' * (threads > 1)}"
        tasks["DuckDB", log.kind, threads] = Task(
            f"DuckDB {name}",
            [python, FOLDER / "duck.py", log.kind, log.packed, threads],
            reference_check(log),
            most_rounds=3,
            ours=False,
        )
        tasks["polars", log.kind, threads] = Task(
            f"polars {name}",
            [python, FOLDER / "pol.py", log.kind, log.packed],
            reference_check(log),
            {"POLARS_MAX_THREADS": str(threads)},
            most_rounds=3,
            ours=False,
        )
    return tasks


def goaccess_task(program, log):
    options = ["--no-global-config", "--no-progress", *GOACCESS_FORMATS[log.kind], "-o", "json"]
    # It does not read gzip from a file in all versions, so that time is in its figures, too.
    command = [
        "sh",
        "-c",
        'set -e; packed=$1; shift; gzip -dc "$packed" | "$@" -',
        "sh",
        log.packed,
        program,
        *options,
    ]

    def check(output):
        general = json.loads(output)["general"]
        compare(
            f"GoAccess over {log.name}",
            log.sums,
            {"requests": general["valid_requests"], "response_bytes": general["bandwidth"]},
        )

    return Task(f"GoAccess {log.name}.gz", command, check, most_rounds=1, ours=False)
