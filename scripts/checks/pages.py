"""What checks of pages share: a page in a browser, and DuckDB's figures of a log."""

import calendar
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
WIDTHS = [390, 768, 1280]

# The lines as they are written, without anything of backtally's; see compare-report.
REQUESTS = """
    CREATE TABLE r AS SELECT coalesce(consumer, 'no consumer') AS consumer,
      upper(method) || ' ' || route AS endpoint, status, ms, (stamp_ms - ms) // 1000 AS start
    FROM (SELECT nullif(usr, '-') AS consumer, split_part(req, ' ', 1) AS method, st AS status,
      (rt * 1000)::BIGINT AS ms,
      epoch_ms(strptime(ts[2:], '%d/%b/%Y:%H:%M:%S')::TIMESTAMP) AS stamp_ms,
      '/' || array_to_string(list_transform(
        string_split(split_part(split_part(req, ' ', 2), '?', 1)[2:], '/'), lambda s: CASE
        WHEN regexp_full_match(s, '[0-9]+') THEN '{id}'
        WHEN regexp_full_match(s, '(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}') THEN '{uuid}'
        WHEN regexp_full_match(s, '(?i)[0-9a-f]{12,}') AND regexp_matches(s, '[0-9]')
          AND regexp_matches(s, '(?i)[a-f]') THEN '{hash}'
        ELSE s END), '/') AS route
      FROM read_csv('LOG', auto_detect=false, header=false, delim=' ', quote='"', escape='"',
        new_line='\\n', columns={ip: 'VARCHAR', d: 'VARCHAR', usr: 'VARCHAR', ts: 'VARCHAR',
        tz: 'VARCHAR', req: 'VARCHAR', st: 'USMALLINT', b: 'BIGINT', ref: 'VARCHAR',
        ua: 'VARCHAR', rt: 'DECIMAL(12,3)'}))
    WHERE upper(method) <> 'OPTIONS'"""

FIGURES = """count(*) AS n, count(*) FILTER (status BETWEEN 400 AND 499) AS e4,
    count(*) FILTER (status >= 500) AS e5, quantile_disc(ms, 0.5) AS p50,
    quantile_disc(ms, 0.95) AS p95, quantile_disc(ms, 0.99) AS p99,
    (count(*) FILTER (ms <= 500) + count(*) FILTER (ms > 500 AND ms <= 2000) / 2.0) / count(*)
      AS apdex"""


class Findings:
    """What was compared, and what was wrong."""

    def __init__(self):
        self.compared = 0
        self.wrong = []
        self.not_kept = []

    def equal(self, what, ours, theirs):
        self.compared += 1
        if ours != theirs:
            self.wrong.append(f"{what}: the page has {ours!r}, expected {theirs!r}")

    def true(self, what, holds):
        self.compared += 1
        if not holds:
            self.wrong.append(what)

    def duration(self, what, text, exact):
        """`text` is what is shown of a percentile, in three digits at most."""
        self.compared += 1
        if exact is None:
            if text != "–":
                self.wrong.append(f"{what}: the page has {text!r}, but there are no durations")
            return
        number, unit = text.split(" ")
        scale = {"h": 3.6e6, "s": 1e3, "ms": 1, "µs": 1e-3}[unit]
        places = len(number.partition(".")[2])
        allowed = scale * 10**-places * 0.5001 + (0.011 * exact if exact > 46 else 0)
        if abs(float(number) * scale - exact) > allowed:
            self.wrong.append(f"{what}: the page has {text!r}, DuckDB {exact} ms")


def generate(log, *arguments):
    generator = str(ROOT / "scripts/fixtures/gen_access_log.py")
    with log.open("w") as file:
        subprocess.run([generator, "--format", "combined-rt", *arguments], stdout=file, check=True)


class Page:
    """A page in a browser: what it shows, and what it does beside.

    `address` is asked for, with what comes after the `#`; requests to what does not begin with one
    of `allowed` are noises.
    """

    def __init__(self, browser, address, findings, width=1280, scheme="light", allowed=()):
        self.address, self.findings = address, findings
        self.allowed = ("file:", "blob:", *allowed)
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page = context.new_page()
        self.noises = []
        self.page.on("console", lambda message: self.noises.append(message.text))
        self.page.on("pageerror", lambda error: self.noises.append(str(error)))
        self.page.on("dialog", lambda dialog: self.noises.append("a dialog"))
        self.page.on("request", self.note_request)
        self.open("")

    def note_request(self, request):
        if not request.url.startswith(self.allowed):
            self.noises.append(f"a request for {request.url}")

    def open(self, fragment):
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}#{fragment}")
        self.settle()

    def settle(self):
        """Waits until the figures are shown that were asked for."""
        self.page.wait_for_selector("body[data-ready]", timeout=20_000)

    def close(self):
        name = self.address.rpartition("/")[2]
        self.findings.equal(f"{name}: console and requests", self.noises, [])
        self.page.context.close()

    def milliseconds(self):
        """How long the newest figures took."""
        return float(self.page.evaluate("document.body.dataset.milliseconds"))

    def show(self, view):
        self.page.click(f"#tab-{view}")
        self.settle()

    def filter(self, field, name):
        """As a user types it. The name is one of the log's."""
        self.page.fill(f"#{field}", name)
        items = self.page.locator(f"#{field}-list li")
        number = items.all_text_contents().index(name)
        items.nth(number).dispatch_event("pointerdown")
        self.settle()

    def drag(self, chart, start, end):
        """Over a part of a chart, from 0 to 1."""
        box = self.page.locator(f"{chart} .chart > svg").bounding_box()
        y = box["y"] + box["height"] / 2
        left, width = box["x"] + 50, box["width"] - 58
        self.page.mouse.move(left + start * width, y)
        self.page.mouse.down()
        self.page.mouse.move(left + (start + end) / 2 * width, y)
        self.page.mouse.move(left + end * width, y)
        self.page.mouse.up()
        self.settle()

    def chosen_time(self, year):
        """The seconds from which and up to which the chip says that requests are shown."""
        chips = self.page.locator(".chip").all_text_contents()
        text = next(chip for chip in chips if chip.startswith("time"))[4:].rstrip("×")
        return moments(text, year)

    def tiles(self):
        """By label: what is large, and what is small."""
        return dict(
            self.page.evaluate(
                """() => [...document.querySelectorAll('.tile')].map((tile) => [
                  tile.querySelector('.label').textContent,
                  [tile.querySelector('.value').firstChild.textContent,
                   tile.querySelector('small')?.textContent ?? '']])"""
            )
        )

    def rows(self, table):
        """The rows of a table, each by title of column."""
        more = self.page.locator(f"{table} .more", has_text="Show all")
        # Thousands of rows take long to draw; those with the most requests do.
        if more.count() and number(more.text_content().split()[-1]) <= 500:
            more.click()
        return self.page.evaluate(
            """(table) => {
              const text = (cell) => cell.textContent.replace('▲ ', '').trim();
              const titles = [...document.querySelectorAll(`${table} thead th`)].map(
                (cell) => text(cell).replace(/ [↓↑]$/, ''));
              return [...document.querySelectorAll(`${table} tbody tr`)].map((row) =>
                Object.fromEntries([...row.children].map((cell, i) => [titles[i], text(cell)])));
            }""",
            table,
        )

    def values(self, view):
        """The table of the first chart of a view."""
        self.page.locator(f"#view-{view} details.values summary").first.click()
        self.page.wait_for_selector(f"#view-{view} details.values tbody tr")
        return self.rows(f"#view-{view} details.values")

    def notes(self, view):
        return " ".join(self.page.locator(f"#view-{view} .note").all_text_contents())


MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}


def moments(text, year):
    """The two seconds that `Mon Nov 3 04:00 – 08:00` or `Mon Nov 3 – Tue Nov 4` is from and to."""

    def second(words, day):
        if words[0] in calendar.day_abbr:
            day = (MONTHS[words[1]], int(words[2]))
            words = words[3:]
        clock = [int(part) for part in words[0].split(":")] if words else None
        base = calendar.timegm((year, *day, 0, 0, 0))
        if clock is None:
            return base, day, True
        return base + clock[0] * 3600 + clock[1] * 60 + sum(clock[2:]), day, False

    parts = [part.split() for part in text.split(" – ")]
    start, day, is_day = second(parts[0], None)
    if len(parts) == 1:
        return start, start + 86400
    end, _, is_day = second(parts[1], day)
    return start, end + 86400 if is_day else end


def number(text):
    return 0 if text == "0" else int(text.replace(",", ""))


def share(part, all_):
    """As the page writes shares."""
    if not part or not all_:
        return "0 %"
    percent = part / all_ * 100
    if percent < 0.01:
        return "< 0.01 %"
    places = 2 if percent < 0.995 else 1
    # Halves are rounded up here, as in a browser.
    return f"{int(percent * 10**places + 0.5) / 10**places:.{places}f} %"


class Database:
    def __init__(self, log):
        import duckdb

        self.database = duckdb.connect()
        self.database.execute("SET threads = 2")
        self.database.execute(REQUESTS.replace("LOG", str(log)))

    def rows(self, query):
        cursor = self.database.execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def figures(self, condition):
        return self.rows(f"SELECT {FIGURES} FROM r WHERE {condition}")[0]

    def by(self, column, condition):
        query = f"SELECT {column} AS key, {FIGURES} FROM r WHERE {condition} GROUP BY ALL"
        return {row["key"]: row for row in self.rows(query)}


def quoted(name):
    return "'" + name.replace("'", "''") + "'"


def round_half_up(value):
    return f"{int(float(value) * 1000 + 0.5) / 1000:.3f}"


def compare_row(row, theirs, key, name, findings, status):
    exact = theirs.get(key)
    if exact is None:
        findings.true(f"{name}: not in the log", False)
        return
    title = "Requests" if status is None else "Requests, 4xx"
    findings.equal(f"{name}: requests", number(row[title]), exact["n"])
    for title, column in (("4xx", "e4"), ("5xx", "e5")):
        if title in row:
            shown = "0" if not exact[column] else share(exact[column], exact["n"])
            findings.equal(f"{name}: {title}", row[title], shown)
    for title in ("p50", "p95", "p99"):
        if row.get(title, "–") != "–":
            findings.duration(f"{name}: {title}", row[title], exact[title])
    if row.get("Apdex", "–") != "–":
        findings.equal(f"{name}: Apdex", row["Apdex"], round_half_up(exact["apdex"]))


def check_width(page, name, findings):
    wide = page.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    findings.true(f"{name}: {wide} px wider than the screen", wide <= 0)
    cut = page.page.evaluate(
        """() => [...document.querySelectorAll('.card, .tile')].filter(
          (box) => box.scrollWidth > box.clientWidth + 1
        ).map((box) => box.textContent.slice(0, 30))"""
    )
    findings.equal(f"{name}: what is cut off", cut, [])


def check_targets(page, name, findings):
    small = page.page.evaluate(
        """() => [...document.querySelectorAll('button, input, summary')].filter(
          (element) => {
          const box = element.getBoundingClientRect();
          return box.width && (box.height < 23.5 || box.width < 23.5);
        }).map((element) => element.outerHTML.slice(0, 60))"""
    )
    findings.equal(f"targets below 24 px, {name}", small, [])


def check_contrast(page, scheme, findings):
    colours = page.page.evaluate(
        """() => Object.fromEntries(['bg', 'card', 'ink', 'soft', 'ok', 'warn', 'warn-ink',
          'bad', 'good', 'focus', 'hover'].map((name) => {
            const probe = document.createElement('i');
            probe.style.color = `var(--${name})`;
            document.body.append(probe);
            const color = getComputedStyle(probe).color;
            probe.remove();
            return [name, color.match(/[0-9.]+/g).map(Number)];
          }))"""
    )

    def luminance(color):
        parts = [
            c / 255 / 12.92 if c <= 10.31475 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in color
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    def contrast(one, other):
        high, low = sorted((luminance(colours[one]), luminance(colours[other])), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for ground in ("bg", "card", "hover"):
        for ink in ("ink", "soft", "warn-ink", "bad", "good"):
            ratio = contrast(ink, ground)
            findings.true(f"{scheme}: {ink} on {ground} is {ratio:.2f}:1", ratio >= 4.5)
    for graphic in ("ok", "warn", "bad", "good", "focus"):
        ratio = contrast(graphic, "card")
        findings.true(f"{scheme}: {graphic} on card is {ratio:.2f}:1", ratio >= 3)


HOSTILE = [
    "<script>window.hit=1</script>", "</script><script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>", "\"><svg onload=window.hit=1>", "a\u202eb",
    "a\u2066b\u2069", "=cmd()", "x\u0000y", "{{7*7}}", "${window.hit=1}", "]]>", "<!--",
    "&lt;b&gt;", "@@DATA@@", "__proto__", "constructor", "日本語の消費者", "שלום", "n" * 10_000,
]  # fmt: skip
