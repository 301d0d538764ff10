"""The logs that are measured with: made by gen_access_log.py, packed by gzip -6, counted by
count.py, and kept with their check sums in the cache."""

import dataclasses
import hashlib
import json
import os
import pathlib
import subprocess
import sys

from measuring import FOLDER, Failure, cache_folder, note

GENERATOR = FOLDER.parents[1] / "fixtures" / "gen_access_log.py"
GENERATED_AS = {"combined": "combined-rt", "json": "json"}
# Lines that make 100 MB.
LINES_PER_UNIT = {"combined": 500_000, "json": 205_000}


@dataclasses.dataclass(frozen=True)
class Log:
    """One log, plain and packed, and what an independent count found in it."""

    kind: str  # combined or json
    megabytes: int
    seed: int
    plain: pathlib.Path
    packed: pathlib.Path
    sums: dict
    digest: str
    as_pinned: object  # None where no digest is pinned

    @property
    def name(self):
        return f"{self.kind} {size_name(self.megabytes)}"


def size_name(megabytes):
    return f"{megabytes // 1000} GB" if megabytes % 1000 == 0 else f"{megabytes} MB"


def log(kind, megabytes, seed=1):
    """The log of this kind and size, made if it is not there or is not what it was."""
    line_count = LINES_PER_UNIT[kind] * megabytes // 100
    stem = f"{GENERATED_AS[kind]}-{line_count}-{seed}"
    folder = cache_folder() / "logs"
    folder.mkdir(exist_ok=True)
    plain, packed = folder / f"{stem}.log", folder / f"{stem}.log.gz"
    label = folder / f"{stem}.json"
    # What decides about the files' content; when it changes they are made anew.
    version = digest_of(GENERATOR)[:16] + digest_of(FOLDER / "count.py")[:16]
    known = json.loads(label.read_text()) if label.exists() else {}
    if known.get("version") != version or not (
        is_still(plain, known.get("plain")) and is_still(packed, known.get("packed"))
    ):
        note(f"making {size_name(megabytes)} of {kind} (seed {seed}) in {folder}")
        label.unlink(missing_ok=True)
        make(plain, packed, kind, line_count, seed)
        known = {
            "version": version,
            "plain": digest_of(plain),
            "packed": digest_of(packed),
            "sums": counted(kind, plain),
        }
        label.write_text(json.dumps(known, indent=1))
    pinned = json.loads((FOLDER / "checksums.json").read_text()).get(stem)
    if pinned not in (None, known["plain"]):
        note(f"note: {plain.name} differs from the one whose check sum is in checksums.json")
    return Log(
        kind,
        megabytes,
        seed,
        plain,
        packed,
        known["sums"],
        known["plain"],
        None if pinned is None else pinned == known["plain"],
    )


def make(plain, packed, kind, line_count, seed):
    fresh = plain.with_suffix(".new")
    with open(fresh, "wb") as file:
        subprocess.run(
            [
                sys.executable,
                GENERATOR,
                "--format",
                GENERATED_AS[kind],
                "--lines",
                str(line_count),
                "--seed",
                str(seed),
            ],
            stdout=file,
            check=True,
        )
    with open(packed, "wb") as file:
        subprocess.run(["gzip", "-6", "-n", "-c", fresh], stdout=file, check=True)
    os.replace(fresh, plain)


def counted(kind, plain):
    result = subprocess.run(
        [sys.executable, FOLDER / "count.py", kind, plain], capture_output=True, check=False
    )
    if result.returncode:
        raise Failure(f"{plain} cannot be counted: {result.stderr.decode()[-300:]}")
    return json.loads(result.stdout)


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_still(path, digest):
    """Whether the file has this digest. Reading it also brings it into the page cache."""
    return path.exists() and digest_of(path) == digest
