"""The way to the end: imports into a local hub, with ledger, outbox and HTTP."""

import contextlib
import json
import shutil
import signal
import subprocess
import time
import urllib.request

from measuring import Failure, Task
from sums import SummaryCheck, check_hub_totals

CLIENT_ID = "00000000-0000-4000-8000-00000000b477"
ENVIRONMENT = "bench"


@contextlib.contextmanager
def running_hub(binary, runner):
    """A hub with an empty database; its address."""
    database, output = runner.folder / "hub.sqlite", runner.folder / "hub.out"
    for left_over in runner.folder.glob("hub.sqlite*"):
        left_over.unlink()
    with open(output, "wb") as file:
        process = subprocess.Popen(
            [binary, "hub", "--port", "0", "--database", database],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.DEVNULL,
            cwd=runner.folder,
            env=runner.environment,
        )
    try:
        yield address(process, output)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def address(process, output):
    prefix = "listening on "
    for _ in range(300):
        first, line_end, _ = output.read_text().partition("\n")
        if line_end and first.startswith(prefix):
            return first.removeprefix(prefix)
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise Failure("the hub does not listen")


def import_into_hub(task, binary, runner, log):
    """One import of a log into a hub of its own, measured without the hub's time; what arrived is
    held against the count."""
    state = runner.folder / "state"
    shutil.rmtree(state, ignore_errors=True)
    with running_hub(binary, runner) as hub:
        task.command = [
            binary,
            *IMPORT,
            "--jobs",
            "1",
            "--hub-url",
            hub,
            "--state-dir",
            state,
            log.packed,
        ]
        run = runner.run(task)
        messages = json.loads(run.output)["messages"]
        if messages["delivered"] != messages["queued"] or messages["waiting"]:
            raise Failure(f"{task.name}: not all is delivered: {messages}")
        with urllib.request.urlopen(f"{hub}/v2/{CLIENT_ID}/{ENVIRONMENT}/totals") as answer:
            check_hub_totals(task.name, json.load(answer), log.sums)
    shutil.rmtree(state, ignore_errors=True)
    return run


IMPORT = [
    "import",
    "--config",
    "empty.yaml",
    "--consumer",
    "remote_user",
    "--summary",
    "json",
    "--client-id",
    CLIENT_ID,
    "--env",
    ENVIRONMENT,
]


def delivery_task(log):
    return Task(f"backtally {log.name}.gz into a hub, jobs 1", [], SummaryCheck(log))
