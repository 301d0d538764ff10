#!/usr/bin/env python3
"""Count a log of gen_access_log.py (combined-rt or json), independently of backtally.

usage: count.py combined|json FILE[.gz]

Prints JSON: lines, uncompressed bytes, requests by status and by method, the sum of response bytes
and of milliseconds, distinct consumers, requests without one, and the response times in bins of
10 ms. Fails at the first line that it does not understand: these logs have no such lines.

Standard library only; shares no code with backtally."""

import collections
import gzip
import json
import re
import sys

COMBINED = re.compile(
    rb'\S+ - (\S+) \[[^\]]+\] "([A-Z]+) /\S* HTTP/[\d.]+" (\d{3}) (\d+)'
    rb' "[^"]*" "[^"]*" (\d+)\.(\d{3})\n'
)


def parse_combined(line):
    match = COMBINED.fullmatch(line)
    if not match:
        raise ValueError(f"not combined with a time: {line!r}")
    consumer, method, status, size, seconds, fraction = match.groups()
    return (
        None if consumer == b"-" else consumer,
        method.decode(),
        status.decode(),
        int(size),
        int(seconds) * 1000 + int(fraction),
    )


def parse_json(line):
    record = json.loads(line)
    return (
        record["remote_user"] or None,
        record["request_method"],
        str(record["status"]),
        record["body_bytes_sent"],
        round(record["request_time"] * 1000),
    )


def count(kind, path):
    parse = {"combined": parse_combined, "json": parse_json}[kind]
    line_count = byte_count = response_bytes = milliseconds = 0
    statuses, methods, consumers, bins = (collections.Counter() for _ in range(4))
    with (gzip.open if str(path).endswith(".gz") else open)(path, "rb") as file:
        for line in file:
            consumer, method, status, size, duration = parse(line)
            line_count += 1
            byte_count += len(line)
            response_bytes += size
            milliseconds += duration
            statuses[status] += 1
            methods[method] += 1
            consumers[consumer] += 1
            bins[duration // 10 * 10] += 1
    return {
        "lines": line_count,
        "uncompressed_bytes": byte_count,
        "milliseconds": milliseconds,
        "requests": line_count,
        "response_bytes": response_bytes,
        "without_consumer": consumers.pop(None, 0),
        "consumers": len(consumers),
        "by_status": dict(sorted(statuses.items())),
        "by_method": dict(sorted(methods.items())),
        "response_times": {str(bin_): n for bin_, n in sorted(bins.items())},
    }


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("combined", "json"):
        sys.exit(__doc__)
    json.dump(count(*sys.argv[1:]), sys.stdout)
    print()
