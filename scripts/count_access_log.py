#!/usr/bin/env python3
"""Count the requests of Apache or nginx access logs, independently of backtally.

usage: count_access_log.py LOG…

Reads logs in the common or combined format (also vhost_combined, also with fields of the user's own
behind), plain or gzipped (by content, not by name; `-` is standard input), and prints JSON: how many
requests there are by status, by method, by minute (UTC) and by all three, and how many lines were
left out for which reason.

It counts what a correct importer counts without known routes: every line with an HTTP request for
a path, except OPTIONS. It looks at every line with one regular expression and trusts the line's time
stamp as it is: where a log holds durations and stamps the end of a request, an importer rightly
moves the request to its start, perhaps into another minute.

Standard library only; shares no code with backtally."""
import collections
import datetime
import gzip
import json
import re
import sys

LINE = re.compile(
    rb"^(?:\S+ )?\S+ \S+ .*?"
    rb" \[(\d{2})/([A-Z][a-z]{2})/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})\]"
    rb' "((?:[^"\\]|\\.)*|.*?)" (\d{3}) (\d+|-)(?: |$)'
)
REQUEST = re.compile(rb"^([A-Za-z_][A-Za-z_-]{0,31}) (.+?)(?: HTTP/\d(?:\.\d)?)?$")
PATH = re.compile(rb"^(?:/|https?://)", re.IGNORECASE)
MONTHS = {name: number for number, name in enumerate(
    b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


def lines_of(path):
    """The lines of a log without their terminators, unpacked if they are gzipped."""
    with sys.stdin.buffer if path == "-" else open(path, "rb") as file:
        packed = file.peek(2)[:2] == b"\x1f\x8b"
        for line in gzip.GzipFile(fileobj=file) if packed else file:
            yield line.rstrip(b"\n").removesuffix(b"\r")


def minute_of(match):
    """The minute in UTC in which the line's time stamp lies, or None if there is no such time."""
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()[:9]
    try:
        stamp = datetime.datetime(
            int(year), MONTHS[month], int(day), int(hour), int(minute), int(second))
    except (KeyError, ValueError):
        return None
    zone = datetime.timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    utc = stamp - zone if sign == b"+" else stamp + zone
    return utc.strftime("%Y-%m-%dT%H:%MZ")


def judge(line):
    """(minute, method, status) of a request that counts, or the reason why the line does not."""
    if not line.strip():
        return "empty line"
    match = LINE.match(line)
    if not match:
        return "not this format"
    request = REQUEST.match(match[10])
    if not request:
        return "no request"
    if not PATH.match(request[2]):
        return "no path"
    method = request[1].decode().upper()
    if method == "OPTIONS":
        return "OPTIONS"
    minute = minute_of(match)
    if minute is None:
        return "no such time"
    if int(match[11]) < 100:
        return "no such status"
    return minute, method, int(match[11])


def count(paths):
    counted, left_out, line_count = collections.Counter(), collections.Counter(), 0
    for path in paths:
        for line in lines_of(path):
            line_count += 1
            verdict = judge(line)
            (left_out if isinstance(verdict, str) else counted)[verdict] += 1
    return summary(counted) | {
        "lines": {"read": line_count, "counted": counted.total(), "left_out": dict(left_out)}}


def summary(counted):
    """The sums of a Counter of (minute, method, status)."""
    by_minute, by_method, by_status = (collections.Counter() for _ in range(3))
    for (minute, method, status), requests in counted.items():
        by_minute[minute] += requests
        by_method[method] += requests
        by_status[str(status)] += requests
    rows = {f"{minute} {method} {status}": n for (minute, method, status), n in counted.items()}
    sums = {"by_status": by_status, "by_method": by_method, "by_minute": by_minute,
            "by_minute_method_status": rows}
    return {"requests": counted.total()} | {
        name: dict(sorted(sum_.items())) for name, sum_ in sums.items()}


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    json.dump(count(sys.argv[1:]), sys.stdout, indent=1)
    print()
