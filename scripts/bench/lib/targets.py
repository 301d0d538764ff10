"""The targets, and how far a suite's tasks are from them."""

import dataclasses

import corpus
from suite import KINDS

RESIDENT_SET_LIMIT = 48  # MB
START_LIMIT = 30  # ms


@dataclasses.dataclass(frozen=True)
class Target:
    """One thing that is measured and what it may be at most. `value` is None if this run did not
    measure it; `floor` is what floor.c needs, where that is the same job."""

    name: str
    unit: str  # "× gzip -dc", …
    limit: float
    value: float | None
    floor: float | None = None

    @property
    def verdict(self):
        if self.value is None:
            return "not measured"
        return "pass" if self.value <= self.limit else "FAIL"


def judged(suite):
    tasks = suite.tasks
    targets = []
    for form, jobs, measure, limits in (
        ("gz", 1, "cpu", (0.90, 0.72)),
        ("gz", 2, "wall", (0.56, 0.50)),
        ("plain", 1, "cpu", (0.36, 0.30)),
    ):
        for kind, limit in zip(KINDS, limits, strict=True):
            floor = ratio(tasks, ("floor", form, kind), ("gzip", kind), measure)
            value = ratio(tasks, (form, kind, jobs), ("gzip", kind), measure)
            name = f"{kind}.gz" if form == "gz" else f"plain {kind}"
            way = "`--jobs 1`, CPU" if jobs == 1 else "two cores, wall"
            targets.append(
                Target(f"{name}, {way}", "× `gzip -dc`", limit, value, floor if jobs == 1 else None)
            )
            targets.append(
                Target(
                    "the same without consumers",
                    "× `gzip -dc`",
                    limit,
                    ratio(tasks, ("nameless", form, kind, jobs), ("gzip", kind), measure),
                )
            )
    apart = tasks["gz", "combined", 1].wall + tasks["second", 1].wall
    targets.append(
        Target(
            "two .gz files, two cores, wall",
            "× one after another, `--jobs 1`",
            0.55,
            tasks["both", 2].wall / apart,
        )
    )
    for megabytes in (100, 1000):
        targets.append(
            Target(
                f"resident set, {corpus.size_name(megabytes)}",
                "MB",
                RESIDENT_SET_LIMIT,
                highest_peak(suite, megabytes),
            )
        )
    for key, log in ("hub", suite.short), ("long hub", suite.logs):
        for kind in KINDS:
            if (key, kind) in tasks:
                targets.append(
                    Target(
                        f"{log[kind].name}.gz into a hub, CPU",
                        "× `--dry-run`",
                        2.0,
                        ratio(tasks, (key, kind), (key, "dry", kind), "cpu"),
                    )
                )
    targets.append(Target("start, `--version`", "ms", START_LIMIT, tasks["start-up"].wall * 1000))
    return targets


def ratio(tasks, numerator, denominator, measure):
    return getattr(tasks[numerator], measure) / getattr(tasks[denominator], measure)


def highest_peak(suite, megabytes):
    """The highest resident set of any dry run over a log of this size, of both formats, packed and
    plain, one thread and two."""
    if megabytes == suite.megabytes:
        keys = [
            (form, kind, jobs) for form in ("gz", "plain") for kind in KINDS for jobs in (1, 2)
        ] + [("second", 1), ("both", 2)]
    elif megabytes == suite.short_megabytes:
        keys = [key for key in suite.tasks if key[0] == "short"]
    else:
        return None
    return max(suite.tasks[key].peak for key in keys) / 1e6
