#!/usr/bin/env python3
"""What the tests of durability share: hubs, imports, logs, and a look into the state directory.

Used by crash-test, hub-crash-test, fault-test, rotation-test and rerun-test."""

import atexit
import contextlib
import hashlib
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import urllib.request

SCRIPTS = pathlib.Path(__file__).resolve().parents[1]
CLIENT_ID = "00000000-0000-4000-8000-00000000b477"
WRITE_TOKEN = "apt_Durability0123456789abcd"
CACHE = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / "backtally-cache"


class Protocol:
    """What imports speak: hub, or otlp (`--target otlp` of the tests)."""

    name = "hub"

    @classmethod
    def add_option(cls, parser):
        parser.add_argument("--target", choices=["hub", "otlp"], default="hub")

    @classmethod
    def choose(cls, arguments):
        cls.name = arguments.target

    @classmethod
    def client_id(cls):
        """What the hub calls the app: by OTLP, what follows from its token."""
        if cls.name == "hub":
            return CLIENT_ID
        digest = hashlib.sha256(f"backtally otlp token {WRITE_TOKEN}".encode()).digest()
        octets = bytearray(digest[:16])
        octets[6] = octets[6] & 0x0F | 0x80
        octets[8] = octets[8] & 0x3F | 0x80
        digits = octets.hex()
        return "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])


class Hub:
    """`backtally hub` on a free port, in a process of its own."""

    def __init__(self, binary, *options):
        self.process = subprocess.Popen(
            [binary, "hub", "--port", "0", *options], stdout=subprocess.PIPE, text=True
        )
        atexit.register(self.stop)
        words = self.process.stdout.readline().split()
        if not words:
            sys.exit("the hub does not listen")
        self.url = words[-1]

    def get(self, what):
        return urllib.request.urlopen(
            f"{self.url}/v2/{Protocol.client_id()}/test/{what}", timeout=120
        )

    def totals(self, by_bucket=True):
        return json.load(self.get("totals" + ("?by=bucket" if by_bucket else "")))

    def request_count(self):
        return sum(item["request_count"] for item in self.totals(by_bucket=False)["totals"])

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        self.process.stdout.close()


def sums(totals):
    """What a hub's totals say, as one text: equal texts, equal sums."""
    items = merged(totals["totals"])
    for item in items:
        # By OTLP a sum of doubles, which depends on the order in the last digits.
        if "duration_sum" in item:
            item["duration_sum"] = round(item["duration_sum"], 6)
    return json.dumps(items, sort_keys=True)


def merged(items):
    """Items without the paths of requests that were answered 404 or 405.

    A path that is only ever answered so is no endpoint, and is counted as `/{other}`. What it is
    answered is known up to a checkpoint, and where those are depends on when a run was killed."""
    kept, others = [], {}
    for item in items:
        if item["status_code"] not in (404, 405):
            kept.append(item)
            continue
        pathless = {name: value for name, value in item.items() if name != "path"}
        key = json.dumps({k: value for k, value in pathless.items() if not is_sum(value, k)})
        others[key] = added(others[key], pathless) if key in others else pathless
    return kept + [others[key] for key in sorted(others)]


def is_sum(value, name):
    return isinstance(value, dict) or name.endswith(("_count", "_sum"))


def added(left, right):
    """Two items of the same key, or two histograms, added up."""
    total = dict(left)
    for name, value in right.items():
        if isinstance(value, dict):
            total[name] = added(total.get(name, {}), value)
        elif is_sum(value, name) or name.removeprefix("-").isdigit():
            total[name] = total.get(name, 0) + value
    return total


def environment():
    """Nothing of the user who runs this takes effect: no configuration, client ID, hub or proxy."""
    kept = ("PATH", "TMPDIR", "HOME", "LD_LIBRARY_PATH", "BACKTALLY_TEST_RUN")
    return {name: value for name, value in os.environ.items() if name in kept} | {
        "LC_ALL": "C.UTF-8",
        "XDG_CONFIG_HOME": "/nonexistent",
        **({"APITALLY_WRITE_TOKEN": WRITE_TOKEN} if Protocol.name == "otlp" else {}),
    }


def command(binary, hub_url, state, *arguments):
    """The command line of an import."""
    return [
        str(word)
        for word in (
            binary,
            "import",
            *(["--target", "otlp", "--otlp-url"] if Protocol.name == "otlp" else ["--hub-url"]),
            hub_url,
            "--client-id",
            CLIENT_ID,
            "--env",
            "test",
            "--state-dir",
            state,
            "--summary",
            "json",
            *arguments,
        )
    ]


def run_import(binary, hub_url, state, *arguments, expect=0, **options):
    """Runs an import to its end: (summary, stderr)."""
    process = subprocess.run(
        command(binary, hub_url, state, *arguments),
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
        **options,
    )
    if process.returncode != expect:
        sys.exit(f"the import ended with {process.returncode}, not {expect}:\n{process.stderr}")
    return json.loads(process.stdout), process.stderr


class State:
    """What is on disk in a state directory, seen by another program."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / "backtally.sqlite"

    def rows(self, sql):
        """What the database answers; nothing as long as there is none with these tables."""
        folder = self.path.parent
        # What another user has put in its place is no state of ours.
        if folder.is_symlink() or not self.path.exists() or folder.stat().st_uid != os.geteuid():
            return []
        try:
            with contextlib.closing(
                sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=5)
            ) as database:
                return database.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []

    def ask(self, sql):
        """The first row, or None."""
        return next(iter(self.rows(sql)), None)

    def finished(self):
        """Files that need not be opened again: (path, bytes imported)."""
        return self.rows("SELECT last_path, position_bytes FROM source WHERE file_size IS NOT NULL")

    def position(self):
        """Bytes of all sources that count."""
        return (self.ask("SELECT coalesce(sum(position_bytes), 0) FROM source") or [0])[0]

    def waiting(self):
        return (self.ask("SELECT count(*) FROM message WHERE state = 'waiting'") or [0])[0]

    def is_sound(self):
        return self.ask("PRAGMA integrity_check") in (None, ("ok",))


def generated_log(line_count, seed=1, rate=None):
    """The path of a log of so many lines, made once and kept."""
    path = CACHE / f"access-{line_count}-{seed}{f'-{rate}' if rate else ''}.log"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        with open(part, "wb") as file:
            subprocess.run(
                [
                    SCRIPTS / "fixtures" / "gen_access_log.py",
                    "--lines",
                    str(line_count),
                    "--seed",
                    str(seed),
                ]
                + (["--rate", str(rate)] if rate else []),
                stdout=file,
                check=True,
            )
        part.rename(path)
    return path
