#!/usr/bin/env python3
"""Another user of the machine, who writes to the folder that the state directory is in, at random.

Used by crash-test --hostile-neighbour, which needs root to become that user.

The folder is as /tmp is: everybody may write to it, and nobody may rename or remove what is of
another (mode 1777). Files outside of it, which links of the neighbour lead to, must not be
touched."""

import contextlib
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

USER = 65534
NAMES = [
    "backtally.sqlite",
    "backtally.sqlite-wal",
    "backtally.sqlite-shm",
    "backtally.sqlite-journal",
    "lock",
    "bodies",
    "bodies/1",
]


# With which status and for which reason what a neighbour has planted is refused.
REFUSAL = (1, "so the state directory is not used")
# That may as well be a mistake of who typed the command.
NO_DIRECTORY = (2, "is a file, and not a directory")
REFUSALS = {"a file": NO_DIRECTORY, "a pipe": NO_DIRECTORY}


def refusal(status, errors):
    """Which of the refusals a run has ended with; None if with none."""
    for expected in (REFUSAL, NO_DIRECTORY):
        if status == expected[0] and expected[1] in errors:
            return expected
    return None


class Canaries:
    """Files of ours that nobody has any business with, and what they were like."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "bodies").mkdir(parents=True)
        for name in NAMES:
            if name != "bodies":
                (self.folder / name).write_text(f"canary {name}\n")
        self.before = self.look()

    def look(self):
        found = {}
        for path in sorted([self.folder, *self.folder.rglob("*")]):
            status = path.lstat()
            content = path.read_bytes() if path.is_file() else sorted(os.listdir(path))
            found[str(path)] = (status.st_ino, status.st_mode, status.st_mtime_ns, content)
        return found

    def check(self):
        now = self.look()
        if now != self.before:
            changed = {
                path
                for path in now.keys() | self.before.keys()
                if now.get(path) != self.before.get(path)
            }
            sys.exit(f"TOUCHED outside of the state directory: {sorted(changed)}")


def plants(state, canaries):
    """What may have been put where the state directory is to be: (name, how to make it)."""
    return [
        ("a link to a directory of ours", lambda: os.symlink(canaries, state)),
        ("a link to a file of ours", lambda: os.symlink(f"{canaries}/lock", state)),
        ("a link to nothing", lambda: os.symlink(f"{canaries}/new", state)),
        ("a directory of theirs", lambda: plant_directory(state, canaries)),
        ("a file", lambda: pathlib.Path(state).write_text("7\n")),
        ("a pipe", lambda: os.mkfifo(state)),
    ]


def plant_directory(state, canaries):
    os.mkdir(state, 0o777)
    os.chmod(state, 0o777)
    for name in NAMES[:5]:
        os.symlink(f"{canaries}/{name}", f"{state}/{name}")
    os.symlink(f"{canaries}/bodies", f"{state}/bodies")


def as_neighbour(work):
    """Does it as the other user, in a process of its own."""
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(USER)
        os.setuid(USER)
        try:
            work()
        finally:
            os._exit(0)
    return child


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)


def check_plants(words, state, canaries, environment):
    """Each plant is refused, with the reason, and nothing that it leads to is touched."""
    for name, make in plants(state, canaries.folder):
        remove(state)
        os.waitpid(as_neighbour(make), 0)
        if not os.path.lexists(state):
            sys.exit(f"the neighbour could not make {name}")
        run = subprocess.run(
            words, capture_output=True, text=True, env=environment, check=False, timeout=60
        )
        if refusal(run.returncode, run.stderr) != REFUSALS.get(name, REFUSAL):
            sys.exit(f"{name}: the import ended with {run.returncode}:\n{run.stderr}")
        canaries.check()
        remove(state)


def write(path):
    """Without waiting for somebody to read, should it be a pipe."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK, 0o666)
    try:
        os.write(file, b"1\n")
    finally:
        os.close(file)


class Neighbour:
    """Writes to the folder until it is stopped."""

    def __init__(self, folder, state, canaries, seed):
        self.child = as_neighbour(lambda: self.rage(folder, state, canaries, random.Random(seed)))

    @staticmethod
    def rage(folder, state, canaries, rng):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        name = os.path.basename(state)
        names = [name, name + "-wal", name + ".tmp", "x", ".x", "lock"]
        while True:
            target = f"{canaries}/{rng.choice(NAMES)}"
            path = f"{folder}/{rng.choice(names)}"
            inside = f"{state}/{rng.choice(NAMES)}"
            function, *arguments = rng.choice(
                [
                    (os.symlink, target, path),
                    (os.link, target, path),
                    (os.mkdir, path),
                    (write, path),
                    (os.mkfifo, path),
                    (os.remove, path),
                    (os.rmdir, path),
                    (os.rename, state, f"{folder}/taken"),
                    (os.rename, path, state),
                    (os.remove, inside),
                    (os.symlink, target, inside),
                    (write, inside),
                    (os.chmod, state, 0o777),
                ]
            )
            with contextlib.suppress(OSError):
                function(*arguments)
            time.sleep(rng.random() * 0.002)

    def stop(self):
        os.kill(self.child, signal.SIGTERM)
        os.waitpid(self.child, 0)
