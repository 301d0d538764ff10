"""The results of a suite as one JSON value, and the files that are made of it."""

import dataclasses
import datetime
import json

import page
import picture
from suite import KINDS
from targets import judged, ratio


def collected(suite, machine, noise, peer_versions, quick):
    machine["versions"] |= peer_versions
    checked = [task for task in suite.tasks.values() if task.check]
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "quick": quick,
        "megabytes": suite.megabytes,
        "rounds": suite.round_count,
        "machine": machine,
        "noise": noise,
        "logs": [
            {
                "name": log.name,
                "seed": log.seed,
                "sha256": log.digest,
                "sums": log.sums,
                "as_pinned": log.as_pinned,
            }
            for log in suite.all_logs
        ],
        "targets": [
            dataclasses.asdict(target) | {"verdict": target.verdict} for target in judged(suite)
        ],
        "tasks": [of_task(suite, key, task) for key, task in suite.tasks.items()],
        "comparisons": {kind: comparison(suite, kind) for kind in KINDS},
        "payloads": suite.payload_size,
        "sums": {
            "checked_runs": sum(len(task.runs) for task in checked),
            "requests": sum(log.sums["requests"] for log in suite.logs.values()),
            "response_bytes": sum(log.sums["response_bytes"] for log in suite.logs.values()),
            "checked_messages": sum(size["messages"] for size in suite.payload_size.values()),
            "delivered_requests": suite.delivered_requests,
        },
    }


def of_task(suite, key, task):
    """A task's medians, its ratios to gzip where the log is the same, and every run."""
    value = {
        "name": task.name,
        "cpu": round(task.cpu, 4),
        "wall": round(task.wall, 4),
        "peak_mb": round(task.peak / 1e6, 1),
        "runs": [
            {
                "cpu": round(run.cpu, 4),
                "wall": round(run.wall, 4),
                "peak_mb": round(run.peak / 1e6, 1),
            }
            for run in task.runs
        ],
    }
    kind = next((part for part in key if part in KINDS), None) if isinstance(key, tuple) else None
    if kind and key[0] in ("gzip", "gz", "plain", "floor", "peer"):
        value |= {
            "megabytes": suite.logs[kind].sums["uncompressed_bytes"] / 1e6,
            "cpu_ratio": round(ratio(suite.tasks, key, ("gzip", kind), "cpu"), 4),
            "wall_ratio": round(ratio(suite.tasks, key, ("gzip", kind), "wall"), 4),
        }
    return value


def comparison(suite, kind):
    """CPU on one thread over the packed log, as ratios to gzip -dc, by program."""
    keys = {
        "floor.c": ("floor", "gz", kind),
        "backtally": ("gz", kind, 1),
        "gzip -dc": ("gzip", kind),
    }
    keys |= {key[1]: key for key in suite.tasks if key[0] == "peer" and key[2:] == (kind, 1)}
    return {
        name: round(ratio(suite.tasks, key, ("gzip", kind), "cpu"), 4) for name, key in keys.items()
    }


def write(results, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (folder / "results.md").write_text(page.markdown(results))
    (folder / "results.svg").write_text(picture.picture(results))
