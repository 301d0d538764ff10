#!/usr/bin/env python3
"""Make fixtures/oracle from recordings of the live middleware and of nginx in front of it.

usage: make_oracle_fixtures.py RECORDINGS FIXTURES

RECORDINGS holds, of the same traffic, `middleware_calls.jsonl.gz` (one line for each request that the
middleware counted: the arguments of its counter), `nginx_json.log.gz` (nginx's log) and `routes.txt`
(the application's routes). `recorded_log.jsonl.gz` has the items of the middleware's request logs and
`recorded.jsonl.gz` its messages. FIXTURES gets

    calls.jsonl          the first 400 calls, as they are
    calls.totals.json    what they add up to
    nginx.json.log       lines of nginx's log: the odd ones, and some of the others, as they are
    nginx.items.jsonl    of the middleware's items those of the same requests, without their headers
    startup.paths.json   the paths of the middleware's startup message
    nginx.totals.json    what they add up to, with the routes, filter and consumer of nginx.yaml
    routes.txt           the routes, as they are

The totals are added up here, from these lines, by rules written down a second time: nothing of this
is backtally's. A response time's bin is milliseconds // 10 * 10 in whole microseconds.
Standard library only."""
import collections
import decimal
import gzip
import json
import pathlib
import re
import sys
import urllib.parse

CALL_COUNT = 400
PLAIN_LINE_COUNT = 120
CONVERTERS = {
    "str": "[^/]+", "path": ".*", "int": "[0-9]+", "float": r"[0-9]+(?:\.[0-9]+)?",
    "uuid": "[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"}


class Totals:
    def __init__(self):
        self.groups = {}

    def add(self, consumer, method, path, status, seconds, request_size, response_size):
        group = self.groups.setdefault((consumer, method, path, status), collections.Counter())
        group["request_count"] += 1
        microseconds = int(decimal.Decimal(seconds) * 1_000_000)
        group["response_times", microseconds // 10_000 * 10] += 1
        for field, size in (("request", request_size), ("response", response_size)):
            if size is not None:
                group[field + "_size_sum"] += size
                group[field + "_sizes", size // 1000] += 1

    def items(self):
        for key in sorted(self.groups, key=lambda key: (key[0] or "", *key[1:])):
            group = self.groups[key]
            item = dict(zip(("consumer", "method", "path", "status_code"), key))
            for field in ("request_count", "request_size_sum", "response_size_sum"):
                item[field] = group[field]
            for field in ("response_times", "request_sizes", "response_sizes"):
                bins = sorted(key[1] for key in group if isinstance(key, tuple) and key[0] == field)
                item[field] = {str(bin_): group[field, bin_] for bin_ in bins}
            yield item


def totals_of_calls(lines):
    totals = Totals()
    for line in lines:
        # Numbers as they are written: a double would round some of them over the edge of a bin.
        call = json.loads(line, parse_float=decimal.Decimal)
        totals.add(call["consumer"], call["method"], call["path"], call["status_code"],
                   call["response_time"], call["request_size"], call["response_size"])
    return totals


def compiled(routes):
    """(methods, pattern, template) of each line of a list of routes, as Starlette matches them."""
    for line in routes.splitlines():
        method, template = line.split()
        pieces = re.split(r"\{(\w+)(?::(\w+))?\}", template)
        pattern = "".join(
            re.escape(piece) if n % 3 == 0 else f"(?:{CONVERTERS[pieces[n + 1] or 'str']})"
            for n, piece in enumerate(pieces) if n % 3 < 2)
        yield {method, "HEAD"} if method == "GET" else {method}, re.compile(pattern), template


def totals_of_nginx(lines, routes):
    """What nginx.yaml says: requests that reached the application, the consumer read as latin-1."""
    totals, table = Totals(), list(compiled(routes))
    for line in lines:
        # Bytes as characters: nginx writes bytes from 0x80 on as they are.
        entry = json.loads(line.decode("latin-1"), parse_float=decimal.Decimal, strict=False)
        if entry["upstream_response_time"] == "" or entry["method"] in ("", "OPTIONS"):
            continue
        target = re.sub("^https?://[^/?]*", "", entry["request_uri"])
        path = urllib.parse.unquote_to_bytes(
            re.split("[?#]", target)[0].encode("latin-1")).decode("utf-8", "replace")
        template = next((template for methods, pattern, template in table
                         if entry["method"] in methods and pattern.fullmatch(path)), None)
        if template is None:
            continue
        consumer = entry["http_x_api_user"].strip()[:128] or None
        length = entry["content_length"]
        totals.add(consumer, entry["method"], template, entry["status"], entry["request_time"],
                   int(length) if length else None, entry["body_bytes_sent"])
    return totals


def chosen(lines):
    """The lines that are very odd, some of those that are odd, and every so many of the others."""
    kept = set(range(0, len(lines), max(1, len(lines) // PLAIN_LINE_COUNT)))
    for number, line in enumerate(lines):
        entry = json.loads(line.decode("latin-1"), strict=False)
        target, consumer = entry["request_uri"], entry["http_x_api_user"]
        is_very_odd = (not is_utf8(line) or entry["method"] and not target
                       or not re.fullmatch("[0-9]*", entry["content_length"]))
        is_odd = ("%" in target or "//" in target or not target.startswith("/")
                  or any(byte >= 0x80 for byte in line)
                  or entry["method"] in ("", "HEAD", "OPTIONS") or entry["status"] == 499
                  or entry["upstream_response_time"] in ("", "-")
                  or consumer != consumer.strip() or len(consumer) > 64)
        if is_very_odd or is_odd and number % 4 == 0:
            kept.add(number)
    return [lines[number] for number in sorted(kept)]


def is_utf8(line):
    try:
        return bool(line.decode())
    except UnicodeDecodeError:
        return False


def write_totals(path, totals):
    rows = ",\n".join(json.dumps(item, ensure_ascii=False) for item in totals.items())
    path.write_text(f"[\n{rows}\n]\n", encoding="utf-8")


def items_of(lines, items):
    """An item a line, with the request id that it has in common with nginx's line."""
    wanted = {json.loads(line.decode("latin-1"), strict=False)["request_id"] for line in lines}
    for line in items:
        item = json.loads(line)
        request, response = item["request"], item["response"]
        request_id = next(value for name, value in request["headers"] if name == "x-request-id")
        if request_id in wanted:
            yield {"request_id": request_id, "url": request["url"], "method": request["method"],
                   "path": request.get("path"), "consumer": request.get("consumer"),
                   "size": request.get("size"), "status_code": response["status_code"]}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    recordings, fixtures = map(pathlib.Path, sys.argv[1:])
    fixtures.mkdir(parents=True, exist_ok=True)
    calls = gzip.open(recordings / "middleware_calls.jsonl.gz").readlines()[:CALL_COUNT]
    (fixtures / "calls.jsonl").write_bytes(b"".join(calls))
    write_totals(fixtures / "calls.totals.json", totals_of_calls(calls))
    routes = (recordings / "routes.txt").read_text()
    (fixtures / "routes.txt").write_text(routes)
    lines = chosen(gzip.open(recordings / "nginx_json.log.gz").readlines())
    (fixtures / "nginx.json.log").write_bytes(b"".join(lines))
    write_totals(fixtures / "nginx.totals.json", totals_of_nginx(lines, routes))
    items = items_of(lines, gzip.open(recordings / "recorded_log.jsonl.gz"))
    (fixtures / "nginx.items.jsonl").write_text(
        "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
    startup = next(message["json"] for message in
                   map(json.loads, gzip.open(recordings / "recorded.jsonl.gz"))
                   if message["kind"] == "startup")
    paths = ",\n".join(json.dumps(path) for path in startup["paths"])
    (fixtures / "startup.paths.json").write_text(f"[\n{paths}\n]\n")


if __name__ == "__main__":
    main()
