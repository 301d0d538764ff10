"""What hub-page checks of what is judged beyond chance: what stands out, and what has changed.

Changes are written into a made-up log, and the page has to show these and nothing else, with
DuckDB's figures of the lines.
"""

import calendar
import dataclasses
import json
import re
import time
import urllib.parse
import urllib.request

from pages import number, quoted, share

DAY = 86_400
# Requests are counted in the minute in which they ended.
MINUTE = "(start * 1000 + ms) // 60000 * 60"
LINE = re.compile(
    r"(?P<peer>\S+ -) (?P<user>\S+) \[(?P<time>[^]]+)\] "
    r'"(?P<method>\S+) (?P<target>\S+) (?P<rest>.*) (?P<duration>[\d.]+)$'
)


@dataclasses.dataclass
class Truth:
    """What was written into a log of five days; times in seconds."""

    change: int
    gap: tuple[int, int]
    slower: str
    failing: str
    gone: str
    limited: str
    new: str = "GET /v9/renamed"
    newcomer: str = "newcomer"


def changes(database, first_day):
    """Those of endpoints and consumers with many requests."""
    endpoints = [
        row["key"]
        for row in database.rows(
            """SELECT endpoint AS key FROM r WHERE endpoint LIKE 'GET %' GROUP BY ALL
            ORDER BY count(*) DESC, 1"""
        )
    ]
    consumers = [
        row["key"]
        for row in database.rows(
            """SELECT consumer AS key FROM r WHERE consumer <> 'no consumer' GROUP BY ALL
            ORDER BY count(*) DESC, 1"""
        )
    ]
    return Truth(
        change=first_day + 3 * DAY,
        gap=(first_day + DAY + 43_200, first_day + DAY + 54_000),
        slower=endpoints[0],
        failing=endpoints[1],
        gone=endpoints[2],
        limited=consumers[3],
    )


def write_changed(log, database, truth, path):
    """Writes the lines of `log` with the changes. `database` has the same lines, in their order."""
    rows = database.rows("SELECT endpoint, consumer, start FROM r ORDER BY rowid")
    lines = [line for line in log.open() if '"OPTIONS ' not in line]
    if len(lines) != len(rows):
        raise ValueError(f"{len(lines)} lines, {len(rows)} requests")
    with path.open("w") as file:
        for index, (line, row) in enumerate(zip(lines, rows, strict=True)):
            if truth.gap[0] <= row["start"] < truth.gap[1]:
                continue
            file.write(changed(LINE.match(line.rstrip("\n")).groupdict(), row, index, truth))


def changed(part, row, index, truth):
    if row["start"] >= truth.change:
        if row["endpoint"] == truth.slower:
            part["duration"] = f"{float(part['duration']) * 3:.3f}"
        if row["endpoint"] == truth.failing and index % 3 == 0:
            part["rest"] = re.sub(r'" \d{3} ', '" 502 ', part["rest"], count=1)
        if row["endpoint"] == truth.gone:
            part["target"] = truth.new.partition(" ")[2]
    if row["consumer"] == truth.limited and index % 2 == 0:
        part["rest"] = re.sub(r'" \d{3} ', '" 429 ', part["rest"], count=1)
    if row["start"] >= truth.change - DAY and index % 10 == 7:
        part["user"] = truth.newcomer
    return (
        f'{part["peer"]} {part["user"]} [{part["time"]}] "{part["method"]} {part["target"]} '
        f"{part['rest']} {part['duration']}\n"
    )


# MARK: Compare


def check_comparison(page, database, truth, findings):
    """Two days against the two before."""
    span = (truth.change, truth.change + 2 * DAY)
    before = (truth.change - 2 * DAY, truth.change)
    page.open(f"view=compare&from={span[0]}&to={span[1]}")
    sides = page.page.locator("#view-compare .side").all_inner_texts()
    for text, side, name in zip(sides, (before, span), ("Before", "After"), strict=True):
        total = database.figures(during(side))
        shown = f"{total['n']:,} requests, 4xx {share(total['e4'], total['n'])}, "
        shown += f"5xx {share(total['e5'], total['n'])}"
        findings.true(f"{name}: {shown} in {text!r}", name in text and shown in text)
    rows = {row["Endpoint"]: row for row in page.rows("#compare-changed")}
    findings.equal("what has changed", set(rows), {truth.slower, truth.failing})
    for endpoint, row in rows.items():
        check_row(endpoint, row, database, before, span, findings)
    compared = database.rows(
        f"""SELECT count(*) AS n FROM (SELECT endpoint FROM r GROUP BY ALL
        HAVING count(*) FILTER ({during(before)}) >= 20
        AND count(*) FILTER ({during(span)}) >= 20)"""
    )[0]["n"]
    text = page.page.locator("#view-compare").inner_text()
    rest = f"{compared - 2:,} of {compared:,} endpoints: no change beyond chance."
    findings.true(f"{rest!r} in {text!r}", rest in text)
    lists = [
        (title, [name for name in block.splitlines() if " /" in name])
        for title, block in ((b.split(",")[0], b) for b in cards(page))
        if title in ("New", "Gone")
    ]
    findings.equal("what is new", dict(lists).get("New"), only(database, span, before))
    findings.equal("what is gone", dict(lists).get("Gone"), only(database, before, span))
    findings.true("the new name", truth.new in only(database, span, before))
    check_choices(page, database, truth, span, findings)


def cards(page):
    return page.page.locator("#view-compare .card").all_inner_texts()


def during(span):
    return f"{MINUTE} >= {span[0]} AND {MINUTE} < {span[1]}"


def only(database, span, other):
    """The endpoints of one time that the other does not have."""
    return [
        row["endpoint"]
        for row in database.rows(
            f"""SELECT endpoint FROM r GROUP BY ALL HAVING count(*) FILTER ({during(span)}) > 0
            AND count(*) FILTER ({during(other)}) = 0 ORDER BY 1"""
        )
    ]


def check_row(endpoint, row, database, before, after, findings):
    of = f"endpoint = {quoted(endpoint)}"
    sides = [database.figures(f"{of} AND {during(side)}") for side in (before, after)]
    for index, exact in enumerate(sides):
        name = f"{endpoint}, {('before', 'after')[index]}"

        def shown(title, index=index):
            return row[title].split(" → ")[index]

        findings.equal(f"{name}: requests", number(shown("Requests")), exact["n"])
        findings.equal(f"{name}: 5xx", shown("5xx"), share(exact["e5"], exact["n"]))
        for title in ("p50", "p95"):
            middle = exact[title] // 10 * 10 + 5
            text = "< 10 ms" if middle < 10 else f"{middle:.0f} ms"
            if middle < 1_000:
                findings.equal(f"{name}: {title}", shown(title), text)
    findings.equal(f"{endpoint}: slower", row["Slower"], slower(of, database, before, after))


def slower(of, database, before, after):
    """The probability that a later request took longer; within 10 ms nobody knows."""
    rows = database.rows(
        f"""SELECT ms // 10 AS bin, count(*) FILTER ({during(before)}) AS a,
        count(*) FILTER ({during(after)}) AS b FROM r WHERE {of} GROUP BY ALL ORDER BY 1"""
    )
    below, wins = 0, 0.0
    for row in rows:
        wins += row["b"] * (below + row["a"] / 2)
        below += row["a"]
    theta = wins / below / sum(row["b"] for row in rows)
    return f"{int(theta * 100 + 0.5)} %"


def check_choices(page, database, truth, span, findings):
    """The other baseline, filters, and a row that filters."""
    page.page.locator("#view-compare .choice button").nth(1).click()
    page.settle()
    text = page.page.locator("#view-compare").inner_text()
    findings.true(f"a week before nothing had arrived: {text!r}", "nothing to compare with" in text)
    findings.true("the baseline in the address", "baseline=week" in page.page.url)
    page.page.locator("#view-compare .choice button").nth(0).click()
    page.settle()
    page.page.locator("#compare-changed tbody button").first.click()
    page.settle()
    findings.equal("rows of an endpoint", len(page.rows("#compare-changed")), 1)
    text = page.page.locator("#view-compare .side").first.inner_text()
    findings.true(f"sides say what they are of: {text!r}", "to all endpoints" in text)
    page.open(
        f"view=compare&from={span[0]}&to={span[1]}&consumer={urllib.parse.quote(truth.newcomer)}"
    )
    text = page.page.locator("#view-compare .side").nth(1).inner_text()
    count = database.figures(f"consumer = {quoted(truth.newcomer)} AND {during(span)}")["n"]
    findings.true(f"of a consumer: {count:,} in {text!r}", f"{count:,} requests" in text)
    page.open(f"view=compare&from={span[0]}&to={span[1]}&status=2")
    findings.equal("of one status", page.page.locator("#compare-changed").count(), 0)


# MARK: What stands out


def check_findings(page, address, database, truth, findings):
    """`address` is that of the environment's views."""
    start = truth.change - 3 * DAY
    span = {"since": start, "until": start + 5 * DAY}
    page.open(f"from={start}&to={start + 5 * DAY}")
    items = page.page.locator(".findings button").all_inner_texts()
    answer = json.load(
        urllib.request.urlopen(f"{address}/findings?{urllib.parse.urlencode(span)}")
    )["findings"]
    findings.equal("as many on the page as in the JSON", len(items), len(answer))
    for item, finding in zip(items, answer, strict=False):
        findings.true(f"{finding['text']!r} in {item!r}", finding["text"] in item)
    told = {
        (finding["kind"], f"{finding['method']} {finding['path']}" if finding["path"] else None)
        for finding in answer
        if finding["kind"] != "consumer-errors"
    }
    findings.equal(
        "what stands out",
        told,
        {
            ("gap", None),
            ("endpoint-change", truth.slower),
            ("endpoint-change", truth.failing),
            ("new-consumer", None),
        },
    )
    by_kind = {
        (finding["kind"], finding["consumer"] or finding["path"]): finding for finding in answer
    }
    check_gap(by_kind["gap", None], truth, findings)
    check_limited(by_kind["consumer-errors", truth.limited], database, truth, findings)
    check_change(by_kind, truth.slower, database, truth, findings)
    findings.true("the newcomer", ("new-consumer", truth.newcomer) in by_kind)
    badges = page.page.locator("#view-overview circle.badge").count()
    findings.equal("marks on the chart", badges, sum(f["since"] is not None for f in answer))
    # A finding is a filter that proves it.
    page.page.locator(".findings button", has_text=truth.slower).click()
    page.settle()
    findings.equal("a chip of it", page.page.locator(".chip b").last.text_content(), truth.slower)
    page.show("overview")
    text = page.page.locator("#view-overview").inner_text()
    findings.true("what is not filtered says so", "among all requests of this time" in text)


def seconds(moment):
    return calendar.timegm(time.strptime(moment, "%Y-%m-%dT%H:%M:%SZ"))


def check_gap(finding, truth, findings):
    for key, exact in zip(("since", "until"), truth.gap, strict=True):
        off = abs(seconds(finding[key]) - exact)
        findings.true(f"a gap: {key} is {off} s off", off <= 3_600)


def check_limited(finding, database, truth, findings):
    own = f"consumer = {quoted(truth.limited)}"
    counts = [
        database.rows(
            f"SELECT count(*) AS n, count(*) FILTER (status = 429) AS limited FROM r WHERE {of}"
        )[0]
        for of in (own, f"NOT ({own})")
    ]
    shares = [share(row["limited"], row["n"]) for row in counts]
    all_ = sum(row["limited"] for row in counts)
    text = f"429 for {shares[0]} of its {counts[0]['n']:,} requests, of the others for {shares[1]}"
    text += f"; {int(counts[0]['limited'] / all_ * 100 + 0.5)} % of all 429"
    findings.equal("a consumer that is limited", finding["text"], text)


def check_change(by_kind, endpoint, database, truth, findings):
    finding = by_kind["endpoint-change", endpoint.partition(" ")[2]]
    since = seconds(finding["since"])
    findings.true(f"it changed {since - truth.change} s off", abs(since - truth.change) <= 7_200)
    of = f"endpoint = {quoted(endpoint)}"
    sides = [
        database.figures(f"{of} AND {MINUTE} {sign} {since}")["p95"] // 10 * 10 + 5
        for sign in ("<", ">=")
    ]
    text = f"p95 {sides[0]} ms → {sides[1]} ms"
    findings.true(f"{text!r} in {finding['text']!r}", text in finding["text"])
