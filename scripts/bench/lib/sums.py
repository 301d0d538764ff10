"""Holds what a program printed against the independent count of a log (count.py)."""

import collections
import json

from measuring import Failure


def compare(what, expected, found):
    """Fails if a sum that both have is not the same."""
    differences = [
        f"{key} is {found[key]}, counted {expected[key]}"
        for key in expected.keys() & found.keys()
        if expected[key] != found[key]
    ]
    if differences:
        raise Failure(f"{what}: " + "; ".join(sorted(differences))[:800])


def added(*counts):
    """The count of several logs together, as far as it can be told without reading them again:
    distinct consumers cannot."""
    total = {}
    for key, first in counts[0].items():
        if key == "consumers":
            continue
        if isinstance(first, dict):
            sum_ = collections.Counter()
            for count in counts:
                sum_.update(count[key])
            total[key] = dict(sum_)
        else:
            total[key] = sum(count[key] for count in counts)
    return total


class SummaryCheck:
    """The closing summary of a dry run. All runs over the same logs have to agree in it, except for
    what depends on the threads and the clock."""

    def __init__(self, *logs, has_consumers=True):
        self.name = " and ".join(log.name for log in logs)
        self.expected = added(*(log.sums for log in logs)) if len(logs) > 1 else logs[0].sums
        if not has_consumers:
            self.expected = self.expected | {"consumers": 0}
        self.first = None

    def __call__(self, output):
        summary = json.loads(output)
        lines = summary["lines"]
        compare(
            f"summary of {self.name}",
            self.expected,
            {
                "lines": lines["read"],
                "requests": summary["requests"],
                "uncompressed_bytes": summary["bytes"]["uncompressed"],
                "consumers": summary["consumers"],
            },
        )
        if lines["left_out"] or lines["tallied"] != lines["read"]:
            raise Failure(f"summary of {self.name}: left out {lines['left_out']}")
        stable = {
            key: summary[key]
            for key in ("consumers", "routes", "buckets", "first_request", "last_request")
        }
        self.first = self.first or stable
        if stable != self.first:
            raise Failure(f"summary of {self.name}: {stable}, in an earlier run {self.first}")


def reference_check(log):
    """For floor.c, DuckDB and polars: groups, requests and response bytes come first."""

    def check(output):
        words = output.split()
        compare(
            f"a reference over {log.name}",
            log.sums,
            {"requests": int(words[1]), "response_bytes": int(words[2])},
        )
        if words[-1] not in ("bad=0", words[4]):
            raise Failure(f"a reference over {log.name} left out lines: {words[-1]}")

    return check


class ItemSums:
    """Adds up items of /sync messages, or of a hub's totals, to the sums that count.py has."""

    def __init__(self):
        self.requests = self.response_bytes = 0
        self.statuses, self.methods, self.consumers, self.bins = (
            collections.Counter() for _ in range(4)
        )

    def add(self, item):
        requests = item["request_count"]
        self.requests += requests
        self.response_bytes += item["response_size_sum"]
        self.statuses[str(item["status_code"])] += requests
        self.methods[item["method"]] += requests
        self.consumers[item["consumer"]] += requests
        self.bins.update(item["response_times"])

    def found(self):
        named = {name: n for name, n in self.consumers.items() if name is not None}
        return {
            "requests": self.requests,
            "response_bytes": self.response_bytes,
            "by_status": dict(self.statuses),
            "by_method": dict(self.methods),
            "response_times": dict(self.bins),
            "consumers": len(named),
            "without_consumer": self.consumers[None],
        }


def check_payloads(what, lines, expected):
    """Adds up the messages that `import --payloads` wrote. The number of messages and bytes."""
    sums, identities, byte_count = ItemSums(), set(), 0
    for line in lines:
        byte_count += len(line)
        message = json.loads(line)
        if not message["path"].endswith("/sync"):
            continue
        body = message["body"]
        if body["message_uuid"] in identities:
            raise Failure(f"{what}: message {body['message_uuid']} comes twice")
        identities.add(body["message_uuid"])
        for item in body["requests"]:
            sums.add(item)
    compare(what, expected, sums.found())
    return len(identities), byte_count


def check_hub_totals(what, totals, expected):
    sums = ItemSums()
    for group in totals["totals"]:
        sums.add(group)
    compare(what, expected, sums.found())
    if totals["messages"]["duplicate"]:
        raise Failure(f"{what}: {totals['messages']['duplicate']} messages came twice")
