#!/usr/bin/env python3
"""Add up the /sync messages of a payload file (what `backtally import --payloads FILE` writes).

usage: payload_totals.py PAYLOADS                        the totals by consumer, method, path, status
       payload_totals.py PAYLOADS --by-minute            … and by minute, too
       payload_totals.py PAYLOADS --requests             requests by status, method and minute, in the
                                                         form of count_access_log.py
       payload_totals.py PAYLOADS --against RECORDED [--fields a,b,…]
                                                         one line with the differences from recorded
                                                         totals (JSON); exits 1 if there are any

Totals are printed as sorted lines of JSON, so two files say the same if they are equal byte for
byte. Messages may repeat a group as often as they like: the hub adds them up. A message that
comes twice (by its message_uuid) counts once, as at the hub. `-` is standard input."""
import argparse
import collections
import datetime
import json
import sys

from count_access_log import summary

SUMS = ["request_count", "request_size_sum", "response_size_sum"]
HISTOGRAMS = ["response_times", "request_sizes", "response_sizes"]
FIELDS = SUMS + HISTOGRAMS


def read(path):
    return sys.stdin if path == "-" else open(path, encoding="utf-8", errors="surrogateescape")


def items(path):
    """(minute, item) of each item of `requests` in each /sync message."""
    taken = set()
    with read(path) as file:
        for line in file:
            message = json.loads(line)
            if not message["path"].split("?")[0].endswith("/sync"):
                continue
            body = message["body"]
            if body["message_uuid"] in taken:
                continue
            taken.add(body["message_uuid"])
            stamp = datetime.datetime.fromtimestamp(body["timestamp"] // 60 * 60, datetime.UTC)
            for item in body["requests"]:
                yield stamp.strftime("%Y-%m-%dT%H:%MZ"), item


def add_up(keyed_items):
    """The sums of items by their keys: for each field a Counter, whose only key is "" where the
    field is a number."""
    totals = {}
    for key, item in keyed_items:
        total = totals.setdefault(key, {field: collections.Counter() for field in FIELDS})
        for field in SUMS:
            total[field][""] += item[field]
        for field in HISTOGRAMS:
            total[field].update({str(bin_): n for bin_, n in item[field].items()})
    return totals


def group_of(item):
    return item["consumer"], item["method"], item["path"], item["status_code"]


def print_totals(totals):
    def plain(total):
        sums = {field: total[field][""] for field in SUMS}
        bins = {field: dict(sorted(total[field].items(), key=lambda bin_: int(bin_[0])))
                for field in HISTOGRAMS}
        return sums | bins

    for line in sorted(json.dumps([*key, plain(total)]) for key, total in totals.items()):
        print(line)


def requests_by_minute(path):
    counted = collections.Counter()
    for minute, item in items(path):
        counted[minute, item["method"], item["status_code"]] += item["request_count"]
    return summary(counted)


def compare(path, recorded_path, fields):
    """Whether the totals are the recorded ones; says in one line how far they are not."""
    mine = add_up((group_of(item), item) for _, item in items(path))
    with read(recorded_path) as file:
        theirs = add_up((group_of(item), item) for item in json.load(file))
    missing, extra = theirs.keys() - mine.keys(), mine.keys() - theirs.keys()
    differing = {
        field: sum(mine[key][field] != theirs[key][field] for key in theirs.keys() & mine.keys())
        for field in fields}
    requests = [sum(total["request_count"][""] for total in totals.values())
                for totals in (mine, theirs)]
    print(f"groups {len(mine)}/{len(theirs)}, missing {len(missing)}, extra {len(extra)}, "
          f"requests {requests[0]}/{requests[1]}, differing "
          + " ".join(f"{field}={n}" for field, n in differing.items()))
    return not (missing or extra or any(differing.values()))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("payloads")
    parser.add_argument("--by-minute", action="store_true")
    parser.add_argument("--requests", action="store_true")
    parser.add_argument("--against", metavar="RECORDED")
    parser.add_argument("--fields", type=lambda text: text.split(","), default=FIELDS)
    arguments = parser.parse_args()
    if unknown := set(arguments.fields) - set(FIELDS):
        parser.error(f"unknown fields: {', '.join(sorted(unknown))}")
    if arguments.against:
        return 0 if compare(arguments.payloads, arguments.against, arguments.fields) else 1
    if arguments.requests:
        json.dump(requests_by_minute(arguments.payloads), sys.stdout, indent=1)
        print()
        return 0
    key = (lambda minute, item: (minute, *group_of(item))) if arguments.by_minute else (
        lambda _, item: group_of(item))
    print_totals(add_up((key(minute, item), item) for minute, item in items(arguments.payloads)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
