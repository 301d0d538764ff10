"""Runs commands one at a time and measures them: wall clock, processor time, peak resident set."""

import dataclasses
import hashlib
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent


class Failure(Exception):
    """A command failed or said what it should not; the text is for the user."""


def cache_folder():
    """Where logs, compiled programs and peers are kept between runs."""
    root = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = pathlib.Path(root) / "backtally" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def built_release():
    """The program of a release build of this checkout."""
    root = FOLDER.parents[2]
    note("building a release (the first time takes some minutes)")
    subprocess.run([root / "scripts" / "install-dependencies"], check=True, stdout=sys.stderr)
    build = ["swift", "build", "--configuration", "release", "--package-path", root]
    subprocess.run([*build, "--product", "backtally"], check=True, stdout=sys.stderr)
    shown = subprocess.run([*build, "--show-bin-path"], check=True, capture_output=True, text=True)
    return pathlib.Path(shown.stdout.strip()) / "backtally"


def install(program, package):
    """Installs a Debian package where its program is missing and apt can be used."""
    if shutil.which(program):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        note(f"installing {package} from Debian")
        subprocess.run(
            ["apt-get", "update", "--quiet", "--quiet"], stdout=subprocess.DEVNULL, check=False
        )
        subprocess.run(
            ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", package],
            stdout=subprocess.DEVNULL,
            check=False,
        )
    if not shutil.which(program):
        raise Failure(f"there is no {program}; install the Debian package {package}")


def compiled(name, *options):
    """The program that NAME.c makes, kept until its source or its options change."""
    source = FOLDER / f"{name}.c"
    version = hashlib.sha256(source.read_bytes() + repr(options).encode()).hexdigest()[:12]
    program = cache_folder() / f"{name}-{version}"
    if not program.exists():
        fresh = program.with_suffix(".new")
        subprocess.run(["cc", "-O3", source, "-o", fresh, *options], check=True)
        fresh.rename(program)
    return program


@dataclasses.dataclass(frozen=True)
class Run:
    """What one run of a command used, and what it said on standard output."""

    wall: float
    cpu: float
    peak: int  # bytes
    output: str


@dataclasses.dataclass
class Task:
    """A command to be measured, and how to tell whether what it printed is right: `check` gets the
    output and raises Failure. `most_rounds` is for slow ones. One that is not `ours` may fail: it
    is left out then."""

    name: str
    command: list
    check: object = None
    environment: dict = dataclasses.field(default_factory=dict)
    most_rounds: int = 1000
    ours: bool = True
    runs: list = dataclasses.field(default_factory=list)

    @property
    def cpu(self):
        return statistics.median(run.cpu for run in self.runs)

    @property
    def wall(self):
        return statistics.median(run.wall for run in self.runs)

    @property
    def peak(self):
        return max(run.peak for run in self.runs)


class Runner:
    """Runs commands in a folder of their own, with an environment in which no configuration of
    the user takes effect."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.measure = compiled("measure")
        (self.folder / "home").mkdir(exist_ok=True)
        (self.folder / "empty.yaml").touch()
        kept = {
            name: value for name, value in os.environ.items() if name in ("PATH", "LD_LIBRARY_PATH")
        }
        home = str(self.folder / "home")
        self.environment = kept | {
            "HOME": home,
            "XDG_CONFIG_HOME": home,
            "XDG_STATE_HOME": home,
            "TMPDIR": str(self.folder),
            "LC_ALL": "C.UTF-8",
        }

    def run(self, task):
        """Runs a task once, checks what it printed, and adds the run to the task's."""
        result, output, errors = (self.folder / name for name in ("used", "stdout", "stderr"))
        result.unlink(missing_ok=True)
        with open(output, "wb") as stdout, open(errors, "wb") as stderr:
            subprocess.run(
                [self.measure, result, *map(str, task.command)],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=self.folder,
                env=self.environment | task.environment,
                check=False,
            )
        said = errors.read_text(errors="replace")
        if not result.exists():
            raise Failure(f"{task.name} was not measured: {said[-500:]}")
        wall, user, system, peak, status = result.read_text().split()
        if status != "0":
            raise Failure(f"{task.name} ended with status {status}: {said[-500:].strip()}")
        run = Run(
            float(wall),
            float(user) + float(system),
            int(peak) * 1024,
            output.read_text(errors="replace"),
        )
        try:
            if task.check:
                task.check(run.output)
        except (ValueError, KeyError, IndexError) as problem:
            raise Failure(f"{task.name} printed {run.output[:200]!r}: {problem!r}") from problem
        task.runs.append(run)
        return run

    def interleaved(self, tasks, round_count):
        """Runs all tasks in turn, round by round; each round begins with another one, so that none
        always follows the same neighbour's heat and cache."""
        for number in range(round_count):
            shift = number * 5 % len(tasks)
            for task in tasks[shift:] + tasks[:shift]:
                if number >= task.most_rounds:
                    continue
                try:
                    run = self.run(task)
                except Failure as problem:
                    if task.ours:
                        raise
                    note(f"  {task.name} is left out: {problem}")
                    task.most_rounds = 0
                    continue
                note(
                    f"  {number + 1}/{round_count} {task.name:44} {run.cpu:7.2f} s CPU "
                    f"{run.wall:7.2f} s wall {run.peak / 1e6:6.0f} MB"
                )


def note(text):
    """A line of progress, which is not a result."""
    print(text, file=sys.stderr, flush=True)
