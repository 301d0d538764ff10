// swift-format-ignore-file
// Made by scripts/embed-page of the files in Page/: edit those.

enum HubAssets {
  static let ownStyle = ##"""
.back { color: var(--soft); text-decoration: none; padding: 2px 6px 2px 0; } .back:hover { color: var(--ink); }
#title small { font-size: 13px; font-weight: 400; color: var(--soft); margin-left: 8px; }
.ranges { display: flex; gap: 8px; flex-wrap: wrap; align-items: center; padding-top: 12px; }
.ranges > div { display: flex; flex-wrap: wrap; }
.ranges button, .choice button { border-radius: 0; margin-left: -1px; padding: 4px 11px; color: var(--soft); position: relative; }
.ranges div button:first-child, .choice button:first-child { border-radius: var(--radius) 0 0 var(--radius); margin-left: 0; }
.ranges div button:last-child, .choice button:last-child { border-radius: 0 var(--radius) var(--radius) 0; }
.ranges button[aria-pressed=true], .choice button[aria-pressed=true] { color: var(--ink); font-weight: 600; background: var(--shade); }
.ranges #pause { margin-left: auto; min-width: 82px; border-radius: var(--radius); color: var(--ink); }
#custom { display: flex; gap: 8px; flex-wrap: wrap; align-items: center; }
#custom button { border-radius: var(--radius); color: var(--ink); }
#custom label { color: var(--soft); } #custom input { color: var(--ink); padding: 3px 8px; }
.trouble { margin-top: 12px; padding: 8px 12px; border: 1px solid var(--bad); border-radius: var(--radius); color: var(--bad); background: var(--card); }
.band.backfilled { fill: var(--mark); opacity: .45; } .key.backfilled { background: var(--mark); opacity: .45; height: 4px; vertical-align: 3px; }
.band.down { fill: var(--bad); }
.key.down { background: var(--bad); } .key.unwatched { background: var(--line); }
.band.silent { fill: var(--warn); } .key.silent { background: var(--warn); height: 4px; vertical-align: 3px; } .key.down { height: 4px; vertical-align: 3px; }
.strip.up { fill: var(--good); opacity: .75; } .strip.down { fill: var(--bad); } .strip.unwatched { fill: var(--line); }
#outages b { margin-right: 6px; }
.alert dl { margin-top: 8px; } .alert p { overflow-wrap: anywhere; } .alert[data-state=firing] { border-color: var(--bad); }
.stale #tiles, .stale section[role=tabpanel] { opacity: .55; }
.report { padding: 10px 0; border-top: 1px solid var(--line); }
.report:first-child { border-top: 0; padding-top: 0; }
.report .line { display: flex; gap: 4px 12px; align-items: baseline; flex-wrap: wrap; fill: none; stroke: none; }
.report .line b { overflow-wrap: anywhere; }
.report .line .count { margin-left: auto; white-space: nowrap; }
.report .msg { overflow-wrap: anywhere; margin: 2px 0; }
pre { margin: 6px 0 0; padding: 10px 12px; background: var(--bg); border: 1px solid var(--line); border-radius: var(--radius); overflow: auto; max-height: 420px; font: 12px/1.5 ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.filters { display: flex; gap: 8px 12px; flex-wrap: wrap; align-items: end; margin-bottom: 10px; }
.filters label { display: flex; flex-direction: column; gap: 2px; font-size: 12px; color: var(--soft); }
.filters input, .filters select { font-size: 14px; color: var(--ink); width: 150px; }
.filters input[type=search] { width: 240px; } .filters input[type=number] { width: 110px; }
select { font: inherit; background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); padding: 5px 8px; min-height: 32px; }
.filters a, .filters .actions { margin-left: auto; }
.button { color: inherit; text-decoration: none; background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); padding: 5px 10px; min-height: 32px; display: inline-block; }
.button:hover { background: var(--hover); }
#requests-list th { width: auto; } .when button { white-space: nowrap; }
td.wide, th.wide { white-space: normal; overflow-wrap: anywhere; }
dialog { width: min(900px, calc(100vw - 24px)); max-height: calc(100vh - 40px); border: 1px solid var(--line); border-radius: var(--radius); background: var(--card); color: var(--ink); padding: 16px 18px; overflow: auto; }
dialog::backdrop { background: rgba(0, 0, 0, .45); }
dialog .head { align-items: start; } dialog h2 { font-size: 16px; overflow-wrap: anywhere; min-width: 0; flex: 1; }
dialog h3 { margin: 14px 0 4px; } dialog dl { margin: 6px 0; }
.apps { padding-top: 12px; }
.app { display: block; }
.app .head h2 { font-size: 17px; overflow-wrap: anywhere; } .app .head h2 a { color: inherit; text-decoration: none; } .app .head h2 a:hover { text-decoration: underline; text-underline-offset: 3px; }
.app .sums { display: flex; flex-wrap: wrap; gap: 10px 32px; margin: 4px 0 10px; }
.app .sums div { min-width: 0; } .app .sums dt { font-size: 12px; color: var(--soft); } .app .sums dd { font-size: 17px; font-weight: 620; letter-spacing: -.01em; white-space: nowrap; }
.app .sums dd small { font-weight: 400; letter-spacing: 0; }
.app .over { display: block; width: 100%; height: 56px; } .app .over .ok { fill: var(--ok); } .app .over .bad { fill: var(--bad); } .app .over .warn { fill: var(--warn); }
.app .axis { display: flex; justify-content: space-between; color: var(--soft); font-size: 12px; }
.app table { margin-top: 10px; } .app .bar { width: 22%; min-width: 60px; } .app .bar svg { display: block; width: 100%; height: 9px; } .app .bar rect { fill: var(--ok); }
.app td code { font: 13px/1.4 ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; } .app td:first-child { white-space: normal; } .app td b { color: var(--soft); font-size: 12px; font-weight: 400; margin-right: 4px; }
.zero { color: var(--soft); }
a { color: inherit; text-underline-offset: 3px; }
td .link { white-space: normal; overflow-wrap: anywhere; max-width: 220px; text-align: right; }
td.left, th.left { text-align: left; }
@media (max-width: 640px) {
#title small { display: block; margin: 0; font-size: 11px; }
.tabs { display: grid; grid-template-columns: repeat(4, 1fr); }
.app thead th:first-child, .app thead th:first-child > span { white-space: normal; }
.app .head .button { display: none; }
.ranges #ranges { width: 100%; } #ranges button { flex: 1; padding: 4px 1px; font-size: 12.5px; white-space: nowrap; } .ranges #around { flex: 1; } #around button { flex: 1; }
.filters label, .filters input, .filters select, .filters input[type=search], .filters input[type=number] { width: 100%; }
.filters label { flex: 1 1 40%; } .app .sums { gap: 8px 22px; } .app .sums dd { font-size: 15px; }
.app .bar, .app .leaves { display: none; }
}
@media print { .ranges, #pause, .back, .filters { display: none !important; } }

"""##

  static let dashboardMarkup = ##"""
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Dashboard · backtally hub</title>
<link rel="icon" href="../../assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="../../assets/hub.css">
<script src="../../assets/dashboard.js" defer></script>
</head>
<body>
<noscript><p class="wrap note">The dashboard needs scripts. The start page and <code>/api/v1</code> do not.</p></noscript>
<div id="app" hidden>
<header class="wrap top">
<div><h1><a class="back" href="../../" aria-label="All applications">←</a> <span id="title"></span></h1><p id="subtitle" class="soft"></p></div>
<button type="button" id="theme" aria-label="Switch between light and dark" title="Light or dark">◐</button>
</header>
<div id="tools" class="toolbar"><div class="wrap">
<div class="tabs" role="tablist" aria-label="Views">
<button type="button" role="tab" id="tab-overview" aria-controls="view-overview">Overview</button>
<button type="button" role="tab" id="tab-errors" aria-controls="view-errors">Errors</button>
<button type="button" role="tab" id="tab-performance" aria-controls="view-performance">Performance</button>
<button type="button" role="tab" id="tab-consumers" aria-controls="view-consumers">Consumers</button>
<button type="button" role="tab" id="tab-compare" aria-controls="view-compare">Compare</button>
<button type="button" role="tab" id="tab-requests" aria-controls="view-requests">Requests</button>
<button type="button" role="tab" id="tab-uptime" aria-controls="view-uptime">Uptime</button>
</div>
<div class="pickers">
<div class="picker"><label class="sr" for="endpoint">Filter by endpoint</label><input id="endpoint" type="text" role="combobox" aria-expanded="false" aria-controls="endpoint-list" aria-autocomplete="list" autocomplete="off" spellcheck="false" placeholder="Endpoint"><kbd aria-hidden="true">/</kbd><ul id="endpoint-list" role="listbox" aria-label="Endpoints" hidden></ul></div>
<div class="picker"><label class="sr" for="consumer">Filter by consumer</label><input id="consumer" type="text" role="combobox" aria-expanded="false" aria-controls="consumer-list" aria-autocomplete="list" autocomplete="off" spellcheck="false" placeholder="Consumer"><kbd aria-hidden="true">c</kbd><ul id="consumer-list" role="listbox" aria-label="Consumers" hidden></ul></div>
</div>
</div></div>
<main class="wrap" id="views">
<div class="ranges"><div id="ranges" role="group" aria-label="Time"></div><div id="around" role="group" aria-label="Earlier or later"></div><form id="custom" hidden><label>From <input id="from" type="datetime-local" step="60"></label><label>to <input id="to" type="datetime-local" step="60"></label><span class="soft">UTC</span><button type="submit">Show</button></form><button type="button" id="pause" aria-pressed="false">Pause</button></div>
<p id="firing" class="trouble" hidden></p>
<p id="trouble" class="trouble" role="alert" hidden></p>
<div class="chips" id="chips"></div>
<div class="tiles" id="tiles"></div>
<section role="tabpanel" id="view-overview" aria-labelledby="tab-overview"></section>
<section role="tabpanel" id="view-errors" aria-labelledby="tab-errors" hidden></section>
<section role="tabpanel" id="view-performance" aria-labelledby="tab-performance" hidden></section>
<section role="tabpanel" id="view-consumers" aria-labelledby="tab-consumers" hidden></section>
<section role="tabpanel" id="view-compare" aria-labelledby="tab-compare" hidden></section>
<section role="tabpanel" id="view-requests" aria-labelledby="tab-requests" hidden></section>
<section role="tabpanel" id="view-uptime" aria-labelledby="tab-uptime" hidden></section>
</main>
<footer class="wrap"><h2>What this is of</h2><dl id="books"></dl></footer>
<div id="live" class="sr" role="status" aria-live="polite"></div>
</div>
</body>
</html>

"""##

  static let alertsMarkup = ##"""
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Alerts · backtally hub</title>
<link rel="icon" href="assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="assets/hub.css">
<script src="assets/alerts.js" defer></script>
</head>
<body>
<noscript><p class="wrap note">This page needs scripts; <code>/api/v1/alerts</code> does not.</p></noscript>
<header class="wrap top">
<div><h1><a class="back" href="./" aria-label="All applications">←</a> Alerts</h1><p id="subtitle" class="soft"></p></div>
<button type="button" id="theme" aria-label="Switch between light and dark" title="Light or dark">◐</button>
</header>
<main class="wrap" id="views" aria-busy="true">
<p id="trouble" class="trouble" role="alert" hidden></p>
<div id="alerts"></div>
</main>
<div id="live" class="sr" role="status" aria-live="polite"></div>
</body>
</html>

"""##

  static let icon = ##"""
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#4a7ab3"/><path d="M4 12V7M7 12V4M10 12V8" stroke="#fff" stroke-width="1.6"/><path d="M2.5 10.5 13 5.5" stroke="#fff" stroke-width="1.6"/></svg>

"""##

  static let source = ##"""
const STATUS_CLASSES = ['1xx,2xx,3xx,6xx,7xx,8xx,9xx', '4xx', '5xx'];
const STEP_NAMES = [[60, '1m'], [300, '5m'], [900, '15m'], [1800, '30m'], [3600, '1h'], [10800, '3h'], [21600, '6h'], [43200, '12h'], [86400, '1d'], [172800, '2d'], [604800, '7d']];
const ROWS = 500;
const stepFor = (seconds) => (STEP_NAMES.find(([step]) => seconds / step <= 200) ?? STEP_NAMES[STEP_NAMES.length - 1])[0];
class HubHistogram extends Histogram {
constructor(keys) {
const bins = keys.map((key) => {
const kind = ((key % 8) + 8) % 8, bin = (key - kind) / 8;
if (kind === 0) return { key, least: bin || 2.5, largest: bin + 10, middle: bin + 5 };
if (bin === -10000) return { key, least: 0, largest: 0, middle: 0, isZero: true };
const [low, high] = [bin, bin + 1].map((bound) => 1e3 * 2 ** (bound / 8));
return { key, least: low, largest: high, middle: (2 * low * high) / (low + high) };
}).sort((one, other) => one.middle - other.middle);
const own = bins.filter((bin) => !bin.isZero);
super(own.length + 2);
this.places = new Map(bins.filter((bin) => bin.isZero).map(({ key }) => [key, 1]));
own.forEach((bin, i) => {
this.places.set(bin.key, i + 2);
this.least[i + 2] = bin.least;
this.largest[i + 2] = bin.largest;
this.middle[i + 2] = bin.middle;
this.steps[i + 2] = Math.floor(Math.log2(bin.least / 1e3) * 8 + 1e-9);
});
this.resolution = keys.length && keys.every((key) => ((key % 8) + 8) % 8 === 0) ? 1e7 : 1;
}
bins(pairs) {
const bins = new Float64Array(this.count);
for (let i = 0; i < pairs.length; i += 2) bins[this.places.get(pairs[i])] += pairs[i + 1];
return bins;
}
}
class HubSource {
constructor(base) {
this.base = base;
this.endpoints = [];
this.consumers = [];
this.numbers = new Map();
this.texts = new Map();
this.named = 0;
}
endpoint(method, path) {
return this.number(this.endpoints, `e ${method} ${path}`, () => [method, path, []]);
}
consumer(identifier) {
return this.number(this.consumers, identifier == null ? 'n' : `c ${identifier}`, () => [identifier, null, [], null, null]);
}
number(list, key, row) {
if (!this.numbers.has(key)) this.numbers.set(key, list.push(row()) - 1);
return this.numbers.get(key);
}
parameters({ range, endpoint, consumer, group, status }, names = {}) {
const parameters = { since: range.since, until: range.until, ...names };
if (endpoint != null) [parameters.method, parameters.endpoint] = this.endpoints[endpoint];
if (consumer != null) parameters.consumer = this.consumers[consumer][0] ?? '';
if (group != null) parameters.group = group;
if (status != null) parameters.status = STATUS_CLASSES[status];
return parameters;
}
url(view, parameters) {
return `${this.base}${view}?${new URLSearchParams(parameters)}`;
}
async text(view, parameters) {
const response = await fetch(this.url(view, parameters), { headers: { accept: 'application/json' } });
const text = await response.text();
if (!response.ok) throw new Error(reasonOf(text) ?? `status ${response.status}`);
return text;
}
async json(view, parameters) {
return JSON.parse(await this.text(view, parameters));
}
async get(query) {
const parameters = this.parameters(query, { step: STEP_NAMES.find(([step]) => step === query.range.step)[1], limit: ROWS });
const { since, until } = query.range;
const texts = await Promise.all([...['figures', 'audience'].map((view) => this.text(view, parameters)), this.text('uptime', { since, until }).catch(() => 'null')]);
const key = JSON.stringify(query);
if (this.last && this.last.key === key && this.last.texts.every((text, i) => text === texts[i])) return this.last.answer;
const answer = new HubAnswer(this, query, ...texts.map((text) => JSON.parse(text)));
this.last = { key, texts, answer };
return answer;
}
async loadNames(range) {
const parameters = { since: range.since, until: range.until, limit: 1000 };
const [{ endpoints }, { consumers }] = await Promise.all(['endpoints', 'consumers'].map((view) => this.json(view, parameters)));
for (const { method, path } of endpoints) this.endpoint(method, path);
for (const { consumer, name, group } of consumers) Object.assign(this.consumers[this.consumer(consumer)], { 3: name, 4: group });
}
}
const reasonOf = (text) => {
try {
const { detail } = JSON.parse(text);
return typeof detail === 'string' ? detail : detail.map(({ loc, msg }) => `${loc.slice(-1)}: ${msg}`).join('; ');
} catch {
return null;
}
};
class HubAnswer {
constructor(hub, query, figures, audience, uptime) {
this.uptime = uptime;
this.query = { since: 0, until: figures.slots, ...query };
this.figures = figures;
this.isAll = true;
this.isUnfiltered = query.endpoint == null && query.consumer == null && query.status == null && query.group == null;
this.isWhole = false;
this.hasBytes = figures.bytes_sent > 0;
this.missing = new Set();
this.more = { endpoints: figures.more_endpoints, consumers: audience.more_consumers };
[this.n, this.e4, this.e5] = [figures.requests, figures.client_errors, figures.server_errors];
const keys = new Set();
for (const list of [...figures.durations, ...figures.endpoints.map((row) => row.durations), ...audience.consumers.map((row) => row.durations)]) {
for (let i = 0; i < list.length; i += 2) keys.add(list[i]);
}
const histogram = new HubHistogram([...keys]);
this.addRows(hub, histogram, figures, audience);
this.addTimes(histogram, figures, audience);
if (this.isUnfiltered) hub.named = audience.named;
hub.hasConsumers ||= audience.named > 0;
this.activeConsumers = audience.named;
this.source = this.described(hub, histogram, figures, audience);
}
addRows(hub, histogram, figures, audience) {
const counts = (row) => ({ n: row.requests, e4: row.client_errors, e5: row.server_errors, sent: row.bytes_sent, received: row.bytes_received });
const trend = (values) => values.map((value, part) => value / Math.min(figures.part_slots, figures.slots - part * figures.part_slots));
this.endpoints = figures.endpoints.map((row) => ({ number: hub.endpoint(row.method, row.path), ...counts(row), trend: trend(row.trend), bins: histogram.bins(row.durations) }));
this.errors = new Map(figures.errors.map((row, i) => [i, { status: row.status, endpoint: hub.endpoint(row.method, row.path), n: row.requests, last: row.last_slot, trend: trend(row.trend) }]));
this.statuses = new Map(Object.entries(figures.statuses).map(([status, n]) => [+status, n]));
const seconds = audience.periods.map(([from, to]) => to - from);
const lengths = [];
seconds.forEach((length, period) => {
const part = Math.floor(period / audience.part_periods);
lengths[part] = (lengths[part] ?? 0) + length / audience.slot_seconds;
});
this.consumers = audience.consumers.map((row) => {
const number = hub.consumer(row.consumer), known = hub.consumers[number];
[known[2][0], known[2][1], known[3], known[4]] = [row.first_day, row.last_day, row.name, row.group];
return { number, ...counts(row), trend: row.trend.map((value, part) => value / lengths[part]), bins: histogram.bins(row.durations) };
});
}
addTimes(histogram, figures, audience) {
this.series = [figures.series.map(([n, e4, e5]) => n - e4 - e5), figures.series.map(([, e4]) => e4), figures.series.map(([, , e5]) => e5)].map((counts) => Float64Array.from(counts));
this.columns = figures.durations.map((pairs, slot) => ({ a: slot, b: slot + 1, bins: histogram.bins(pairs) }));
this.bins = new Float64Array(histogram.count);
for (const { bins } of this.columns) bins.forEach((count, i) => { this.bins[i] += count; });
const slot = (second) => (second - figures.first) / figures.slot_seconds;
this.audience = audience.periods.map(([from, to, known, fresh]) => ({ a: slot(from), b: slot(to), known, fresh }));
if (!histogram.total(this.bins)) [this.bins, this.columns] = [null, null];
}
described(hub, histogram, figures, audience) {
const { first, slot_seconds: slot, slots } = figures, end = first + slots * slot, now = Date.now() / 1e3;
const at = (second) => (second - first) / slot;
return {
histogram,
isByDay: audience.by_day,
days: [],
groups: [],
bands: this.bands(figures, at),
moment: (slot_) => first + slot_ * slot,
head: {
slots, slot, firstSlot: first / slot, first: first * 1e3, last: Math.max(first + 1, Math.min(end, now)) * 1e3,
scale: 3, bins: histogram.count, resolution: histogram.resolution, classes: true, endpointClasses: true, group: 1,
statuses: [...this.statuses.keys()],
endpoints: hub.endpoints, consumers: hub.consumers, shared: [], mergedEndpoints: 0, mergedConsumers: 0,
namedConsumers: Math.max(hub.named, audience.named), firstDayEnd: audience.first_day_end, seenByDay: true,
hasGroups: hub.consumers.some((row) => row[4] != null),
noConsumers: 'No request of this time names its consumer.',
apdex: 500, apdexOf: {}, totals: [],
coverage: { durations: histogram.count > 2 || histogram.places.size ? 1 : 0, in: figures.bytes_received, out: figures.bytes_sent, consumers: hub.hasConsumers ? 1 : 0 },
findings: [], foundInAll: 0, looked: null, comparison: null,
},
};
}
bands({ backfilled, slots }, at) {
const spans = (list, kind) => (list ?? []).map(({ since, until }) => ({ kind, from: Math.max(0, at(Date.parse(since) / 1e3)), to: Math.min(slots, at(until == null ? Date.now() / 1e3 : Date.parse(until) / 1e3)) }));
return [
...backfilled.map(([from, to]) => ({ kind: 'backfilled', from: at(from), to: at(to) })),
...spans(this.uptime?.silence, 'silent'), ...spans(this.uptime?.environment?.down, 'down'),
].filter(({ from, to }) => to > from);
}
newBins() {
return new Float64Array(this.source.histogram.count);
}
addDurationsOfConsumers() {}
get range() {
return [null, null];
}
percentile(bins, q) {
return bins ? this.source.histogram.percentile(bins, q) : null;
}
apdex(bins) {
const { histogram, head } = this.source, total = bins ? histogram.total(bins) : 0;
if (!total) return null;
const [satisfied, tolerating, isEstimate] = histogram.apdexCounts(bins, this.query.apdex ?? head.apdex);
return { score: (satisfied + tolerating / 2) / total, isEstimate };
}
get totalApdex() {
return this.apdex(this.bins);
}
}

"""##

  static let requests = ##"""
const errorsView = (context) => {
errors(context);
const server = h('div', { id: 'reports-server' }), validation = h('div', { id: 'reports-validation' }), never = h('div', { id: 'never-called' });
$('view-errors').append(
card('Server errors', h('small', {}, 'what the application has reported, with tracebacks'), server),
card('Validation errors', h('small', {}, 'what of requests was not accepted'), validation),
card('Routes that nobody called', h('small', {}, 'in this time; from what the application says of itself when it starts'), never));
const { query } = context.answer, parameters = hub.parameters({ ...query, status: null }, { limit: 200 });
filled(server, () => hub.json('reports', parameters), ({ reports }) => {
const of = (kind) => reports.filter((report) => report.kind === kind);
reportList(validation, context, of('validation'), 'No validation errors were reported in this time.');
reportList(server, context, of('server'), 'No server errors were reported in this time. Logs do not have any; applications report them.');
});
filled(never, () => hub.json('routes', { since: query.range.since, until: query.range.until, limit: 1000 }), (answer) => neverCalled(never, answer));
};
const filled = async (place, ask, show) => {
place.replaceChildren(note('…'));
place.setAttribute('aria-busy', 'true');
try {
const answer = await ask();
if (place.isConnected) show(answer);
} catch (error) {
if (place.isConnected) place.replaceChildren(note(`The hub does not answer: ${error.message}`));
}
place.setAttribute('aria-busy', 'false');
};
const reportList = (place, { set }, reports, empty) => {
if (!reports.length) return place.replaceChildren(note(empty));
place.replaceChildren(...reports.map((report) => h('div', { class: 'report' },
h('div', { class: 'line' },
h('b', {}, nameText(report.type)),
h('button', { type: 'button', class: 'name', on: { click: () => set({ endpoint: hub.endpoint(report.method, report.path) }) } }, endpointName([report.method, report.path])),
h('span', { class: 'count' }, h('b', {}, whole(report.count)), report.consumers ? h('span', { class: 'soft' }, ` from ${counted(report.consumers, 'consumer')}`) : '')),
h('p', { class: 'msg' }, nameText(report.message)),
report.location ? h('p', { class: 'soft' }, 'at ', h('code', {}, nameText(report.location))) : '',
h('p', { class: 'soft' }, hoursText(Date.parse(report.first_hour) / 1e3, Date.parse(report.last_hour) / 1e3)),
report.traceback ? h('details', {}, h('summary', {}, 'Traceback'), h('pre', { tabindex: 0 }, report.traceback)) : '')));
};
const hoursText = (first, last) => (first === last ? `in the hour from ${momentText(first)} UTC` : `from ${momentText(first)} to ${momentText(last + 3600)} UTC`);
const neverCalled = (place, { routes, never_called: count, known }) => {
if (!known) return place.replaceChildren(note('No application has said which routes it has.'));
const never = routes.filter((route) => !route.requests);
if (!never.length) return place.replaceChildren(note(`All ${counted(known, 'route')} were called.`));
place.replaceChildren(
h('p', { class: 'note' }, `${whole(count)} of ${counted(known, 'route')}`),
h('ul', { class: 'plain routes' }, never.map((route) => h('li', {}, h('span', { class: 'name' }, endpointName([route.method, route.path]))))));
};
const LOG_FILTERS = ['text', 'slower'];
const requestsView = (context) => {
const { state, set } = context, place = $('view-requests');
const filter = (name, label, attributes) => h('label', {}, label, h('input', { ...attributes, name, value: state.log[name] ?? '', on: { change: (event) => set({ log: { ...state.log, [name]: event.target.value.trim() } }) } }));
const statuses = ['', 'other', '4xx', '5xx'];
const status = h('select', { on: { change: (event) => set({ status: event.target.value === '' ? null : +event.target.value }) } },
statuses.map((name, i) => h('option', { value: i ? i - 1 : '', selected: state.status === (i ? i - 1 : null) }, i === 1 ? '2xx, 3xx' : name || 'all')));
const list = h('div', { id: 'requests-list' });
const csv = h('a', { class: 'button', download: 'requests.csv', href: hub.url('requests', logParameters(context, { format: 'csv' })) }, 'CSV');
place.replaceChildren(card('Requests', h('small', {}, 'single requests, as far as they were logged; the newest first'),
h('div', { class: 'filters' }, filter('text', 'Text in the request', { type: 'search', autocomplete: 'off', spellcheck: 'false' }), h('label', {}, 'Status', status), filter('slower', 'At least, ms', { type: 'number', min: 0, step: 10, inputmode: 'numeric' }), csv), list));
filled(list, () => hub.json('requests', logParameters(context, { limit: 50 })), (answer) => requestList(context, list, answer, []));
};
const logParameters = ({ answer, state }, more) => {
const parameters = hub.parameters(answer.query, more);
for (const name of LOG_FILTERS) if (state.log[name]) parameters[name] = state.log[name];
return parameters;
};
const requestList = (context, place, answer, before) => {
const rows = [...before, ...answer.requests];
const columns = [['When (UTC)', 0], ['Request', 0, 'left'], ['Status', 0], ['Time', 0], ['Consumer', 3]];
const row = (request) => h('tr', { class: 'pick', on: { click: () => showRequest(request) } },
h('th', { scope: 'row', class: 'when' }, h('button', { type: 'button', class: 'name' }, logMoment(request.time))),
h('td', { class: 'wide left' }, h('span', { class: 'name' }, endpointName([request.method, placeOf(request)]))),
h('td', {}, h('span', { class: request.status >= 500 ? 'bad' : request.status >= 400 ? 'warn' : null }, String(request.status))),
h('td', {}, durationText(request.response_time_ms)),
h('td', { class: 'leaves-3' }, request.consumer == null ? '' : nameText(request.consumer)));
if (!rows.length) {
place.replaceChildren(note(answer.next ? `None of the newest ${whole(answer.looked_at)} requests is such a one.` : 'No logged requests under these filters. Applications and imports send single requests only if request logging is on.'));
} else {
place.replaceChildren(h('table', {}, h('caption', { class: 'sr' }, 'Requests'),
h('thead', {}, h('tr', {}, columns.map(([title, leaves, side]) => h('th', { scope: 'col', class: `leaves-${leaves} ${side ?? ''}` }, h('span', {}, title))))),
h('tbody', {}, rows.map(row))));
}
if (!answer.next || rows.length >= 2000) {
if (rows.length >= 2000) place.append(note('Choose a shorter time, or take the CSV, for more.'));
return;
}
const more = h('button', { type: 'button', class: 'more', on: { click: async () => {
more.disabled = true;
place.setAttribute('aria-busy', 'true');
try {
const next = await hub.json('requests', logParameters(context, { limit: 50, before: answer.next }));
if (place.isConnected) requestList(context, place, next, rows);
} catch (error) {
more.replaceWith(note(`The hub does not answer: ${error.message}`));
}
place.setAttribute('aria-busy', 'false');
} } }, 'Show older ones');
place.append(more);
};
const logMoment = (second) => isoText(second).slice(5, 23).replace('T', ' ');
const placeOf = ({ url, path }) => {
const place = url == null ? path ?? '' : url.replace(/^https?:\/\/[^/]*/, '');
return place.length > 160 ? `${place.slice(0, 159)}…` : place;
};
const pathOf = (url) => {
try {
return new URL(url).pathname;
} catch {
return url ?? '';
}
};
const showRequest = async (line) => {
const content = h('div', {});
const dialog = h('dialog', { 'aria-label': 'A request' }, h('div', { class: 'head' }, h('h2', {}, endpointName([line.method, line.path ?? pathOf(line.url)])), h('button', { type: 'button', autofocus: true, on: { click: () => dialog.close() } }, 'Close')), content);
dialog.addEventListener('close', () => dialog.remove());
dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
document.body.append(dialog);
dialog.showModal();
await filled(content, () => hub.json('request', { id: line.id }), (item) => content.replaceChildren(...requestParts(line, item).filter(Boolean)));
};
const requestParts = (line, item) => {
const facts = [
['When', `${isoText(line.time).replace('T', ' ').replace('Z', '')} UTC`],
['Status', String(line.status)],
line.response_time_ms != null && ['Response time', durationText(line.response_time_ms)],
line.url && ['URL', nameText(line.url)],
line.path && ['Route', nameText(line.path)],
line.consumer != null && ['Consumer', nameText(line.consumer)],
item.request?.size != null && ['Request size', bytesText(item.request.size)],
item.response?.size != null && ['Response size', bytesText(item.response.size)],
item.trace_id && ['Trace', nameText(item.trace_id)],
['ID', line.id],
].filter(Boolean);
const headers = (title, list) => Array.isArray(list) && list.length && h('section', {}, h('h3', {}, title), h('dl', {}, list.flatMap(([name, value]) => [h('dt', {}, nameText(name)), h('dd', {}, nameText(value))])));
const text = (title, value) => typeof value === 'string' && value !== '' && h('section', {}, h('h3', {}, title), h('pre', { tabindex: 0 }, value));
const { exception } = item;
return [
h('dl', {}, facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
exception && text(`Exception: ${exception.type}`, `${exception.message}\n\n${exception.traceback}`),
headers('Request headers', item.request?.headers), text('Request body', bodyText(item.request?.body)),
headers('Response headers', item.response?.headers), text('Response body', bodyText(item.response?.body)),
item.logs?.length && text('Log lines', item.logs.map((log) => JSON.stringify(log)).join('\n')),
item.attributes && text('Attributes', JSON.stringify(item.attributes, null, 2)),
];
};
const bodyText = (body) => {
if (typeof body !== 'string') return null;
try {
return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(body), (c) => c.charCodeAt(0)));
} catch {
return body;
}
};

"""##

  static let uptime = ##"""
const seconds = (text) => Date.parse(text) / 1e3;
const within = (spans, from, to) => (spans ?? []).map((span) => [Math.max(from, seconds(span.since)), Math.min(to, span.until == null ? now() : seconds(span.until))]).filter(([a, b]) => b > a);
const lengthOf = (spans) => spans.reduce((sum, [a, b]) => sum + b - a, 0);
const uptimeView = (context) => {
const { answer } = context, place = $('view-uptime'), { uptime } = answer;
if (!uptime) {
place.replaceChildren(card('Uptime', null, note('The hub does not tell uptime.')));
return;
}
const lines = [uptime.environment && { name: 'environment', isAll: true, ...uptime.environment }, ...uptime.instances.map((line) => ({ name: line.instance ?? 'unnamed', ...line }))].filter((line) => line?.since);
const strips = h('div', { id: 'uptime-strips' });
const cards = [];
if (lines.length) {
const isOpen = context.state.open.uptime || lines.length <= 14;
cards.push(card('Uptime', legend(['--good', 'up'], ['--bad', 'down'], ['--unwatched', 'the hub did not run']), strips,
isOpen ? '' : h('button', { type: 'button', class: 'more', on: { click: () => { context.state.open.uptime = true; context.redraw(); } } }, `Show all ${whole(lines.length - 1)} instances`)),
card('Down', h('small', {}, 'from the last message on; what is filled in afterwards is no sign of life'), outageList(lines, answer)));
place.replaceChildren(...cards);
uptimeStrips(context, strips, isOpen ? lines : lines.slice(0, 12), uptime);
} else {
place.replaceChildren(card('Uptime', null, note('No application has reported live in this time, so nobody knows whether one was up. Of what was imported it is known when there were no requests.')));
}
const silences = within(uptime.silence, answer.source.moment(0), answer.source.moment(answer.query.until));
place.append(card('Silence', h('small', {}, 'times without requests that at that hour’s rate are less frequent than once a month'),
silences.length ? h('ul', { class: 'plain' }, silences.slice(-50).reverse().map(spanItem)) : note('None in this time.')));
if (uptime.cut) place.append(note('There are more instances or times than are listed; the latest are.'));
};
const spanItem = ([from, to]) => h('li', {}, h('b', {}, spanText(Math.round(to - from))), h('span', { class: 'soft' }, `  ${periodText(Math.floor(from), Math.ceil(to))} UTC`));
const outageList = (lines, answer) => {
const from = answer.source.moment(0), to = answer.source.moment(answer.query.until);
const items = [];
for (const line of lines) {
for (const down of line.down) for (const span of within([down], from, to)) items.push({ line, span, goesOn: down.until == null });
}
items.sort((one, other) => other.span[0] - one.span[0] || (other.line.isAll ?? 0) - (one.line.isAll ?? 0));
if (!items.length) return note('Nothing was down in this time.');
return h('ul', { class: 'plain', id: 'outages' }, items.slice(0, 50).map(({ line, span, goesOn }) => h('li', {},
h('b', { class: goesOn ? 'bad' : null }, goesOn ? `▼ down for ${spanText(Math.round(span[1] - span[0]))}` : spanText(Math.round(span[1] - span[0]))), ' ',
line.isAll ? 'the whole environment' : h('span', {}, 'instance ', nameText(line.name)),
h('span', { class: 'soft' }, `  ${periodText(Math.floor(span[0]), Math.ceil(span[1]))}${goesOn ? ', and still' : ''}`))));
};
const uptimeStrips = (context, place, lines, uptime) => {
const { answer } = context, { source } = answer, { head } = source, height = 26;
const label = (line) => (line.isAll ? 'all' : line.name.slice(0, 8));
const chart = new TimeChart(place, { ...timeOptions(context, 'Uptime over time', 40 + height * lines.length), left: 76 });
chart.right = 68;
const from = source.moment(0), to = Math.min(source.moment(head.slots), now());
const x = (second) => chart.x((second - from) / head.slot);
const rows = lines.map((line) => {
const alive = within([{ since: line.since, until: line.until }], from, to), down = within(line.down, from, to);
return { line, alive, down, share: line.up_seconds + line.down_seconds ? line.up_seconds / (line.up_seconds + line.down_seconds) : null };
});
const unwatched = within(uptime.unwatched, from, to);
rows.forEach(({ line, alive, down, share }, i) => {
const y = chart.top + i * height;
chart.svg.append(s('text', { x: chart.left - 8, y: y + 15, 'text-anchor': 'end', class: line.isAll ? 'direct' : null }, label(line)));
const bar = ([a, b], kind) => chart.svg.append(s('rect', { class: `strip ${kind}`, x: x(a), y: y + 3, width: Math.max(1.5, x(b) - x(a)), height: height - 8, rx: 2 }));
for (const span of alive) bar(span, 'up');
for (const [a, b] of unwatched) for (const [c, d] of alive) if (Math.min(b, d) > Math.max(a, c)) bar([Math.max(a, c), Math.min(b, d)], 'unwatched');
for (const span of down) bar(span, 'down');
if (share != null) chart.svg.append(s('text', { class: 'direct', x: chart.width - 4, y: y + 15, 'text-anchor': 'end' }, share === 1 ? '100 %' : `${(Math.floor(share * 1e4) / 100).toFixed(2)} %`));
});
chart.timeAxis();
const inSlot = (spans, i) => lengthOf(spans.map(([a, b]) => [Math.max(a, source.moment(i)), Math.min(b, source.moment(i + 1))]).filter(([a, b]) => b > a));
chart.follow(slotColumns(source), (i) => rows.map(({ line, alive, down }) => {
const seconds_ = inSlot(down, i);
return [line.isAll ? 'environment' : label(line), seconds_ ? `down ${spanText(Math.round(seconds_))}` : inSlot(alive, i) ? 'up' : '–'];
}));
};

"""##

  static let judged = ##"""
const JUDGED_FOR = 60_000;
const judged = {};
const judge = (view, key, parameters, show) => {
const known = judged[view], isSame = known?.key === key;
if (isSame && Date.now() - known.at < JUDGED_FOR) return known;
const asked = (judged[view] = { key, at: Date.now(), answer: isSame ? known.answer : null, error: null, isAsked: true });
hub.json(view, parameters).then(
(answer) => Object.assign(asked, { answer }),
(error) => Object.assign(asked, { answer: null, error })).then(() => {
asked.isAsked = false;
if (judged[view] === asked && !(isSame && isRead())) show();
});
return asked;
};
const timeKey = ({ last, from, to }) => JSON.stringify([last, from, to]);
const lookFor = ({ source, query: { range } }, state, show) => {
const { head } = source, known = judge('findings', timeKey(state), { since: range.since, until: range.until }, show);
const list = known.answer?.findings ?? [];
head.looked = known.answer != null;
source.unlooked = known.error ? `The hub does not say: ${known.error.message}` : 'Looking …';
source.foundIn = 'among all requests of this time';
head.findings = list.map((finding) => ({
kind: finding.kind, text: finding.text,
name: finding.path != null ? `${finding.method} ${finding.path}` : finding.consumer ?? 'No requests',
since: finding.since && Date.parse(finding.since) / 1e3, until: finding.until && Date.parse(finding.until) / 1e3,
endpoint: finding.path != null ? hub.endpoint(finding.method, finding.path) : null,
consumer: finding.consumer != null ? hub.consumer(finding.consumer) : null,
}));
head.foundInAll = list.length + (known.answer?.more ?? 0);
return known;
};
const overviewView = (context) => {
const known = lookFor(context.answer, context.state, context.redraw);
overview(context);
$('view-overview').setAttribute('aria-busy', known.isAsked ? 'true' : 'false');
};
const BASELINES = ['previous', 'week'];
const WEEK = 7 * 86400;
const comparisonView = (context) => {
const { answer, state, set, redraw } = context, place = $('view-compare');
if (state.status != null) {
place.replaceChildren(card('Compare', null, note('What is compared are shares of errors, and so all statuses.', 'Show all statuses', () => set({ status: null }))));
return;
}
const { range, consumer, group } = answer.query;
const unit = range.step >= 3600 ? 3600 : 60, until = Math.max(range.since + unit, Math.min(range.until, Math.ceil(now() / unit) * unit));
const parameters = hub.parameters({ range: { since: range.since, until }, consumer, group }, { baseline: state.baseline, limit: 200 });
const known = judge('comparison', JSON.stringify([timeKey(state), consumer, group, state.baseline]), parameters, redraw);
const weeks = Math.ceil((until - range.since) / WEEK);
const names = { previous: 'The time before', week: weeks === 1 ? 'A week before' : `${weeks} weeks before` };
const choice = h('div', { class: 'choice', role: 'group', 'aria-label': 'Compared with' }, BASELINES.map((name) =>
h('button', { type: 'button', 'aria-pressed': name === state.baseline ? 'true' : 'false', on: { click: () => set({ baseline: name }) } }, names[name])));
if (known.answer) showComparison(context, place, 'This time, and one before', choice, comparisonOf(known.answer));
else place.replaceChildren(card('Compare', choice, note(known.error ? `The hub does not say: ${known.error.message}` : 'Comparing …')));
place.setAttribute('aria-busy', known.isAsked ? 'true' : 'false');
};
const comparisonOf = (answer) => {
const side = ({ since, until, requests, client_errors: e4, server_errors: e5 }) => ({ time: periodText(Date.parse(since) / 1e3, Date.parse(until) / 1e3), requests, e4, e5 });
const sample = ({ requests, client_errors: e4, server_errors: e5, response_time_ms: times }) => [requests, e4, e5, times?.p50 ?? null, times?.p95 ?? null];
const row = (row) => ({ name: `${row.method} ${row.path}`, endpoint: hub.endpoint(row.method, row.path), before: sample(row.before), after: sample(row.after), slower: row.slower, worse: row.made_worse });
const of = {};
for (const name of ['changed', 'perhaps', 'new', 'gone']) {
of[name] = answer[name].map(name === 'new' || name === 'gone' ? ({ method, path }) => `${method} ${path}` : row);
of[`${name}InAll`] = answer[name].length + answer[`more_${name}`];
}
return { before: side(answer.before), after: side(answer.after), compared: answer.compared, least: answer.least_requests, ...of, listed: answer.listed_without_change };
};

"""##

  static let dashboard = ##"""
const [clientID, env] = location.pathname.split('/').slice(-2);
const hub = new HubSource(`../../api/v1/${clientID}/${env}/`);
const VIEWS = ['overview', 'errors', 'performance', 'consumers', 'compare', 'requests', 'uptime'];
const RANGES = [[3600, '1 h'], [6 * 3600, '6 h'], [86400, '24 h'], [7 * 86400, '7 d'], [30 * 86400, '30 d'], [90 * 86400, '90 d'], [366 * 86400, '12 mo']];
const POLLING = 10_000;
const NOTHING = { endpoint: null, consumer: null, group: null, status: null, apdex: null };
const state = { view: 'overview', last: null, from: null, to: null, ...NOTHING, baseline: 'previous', sort: {}, open: {}, log: {}, isPaused: false };
const now = () => Date.now() / 1e3;
const alignedRange = (from, to, step = stepFor(to - from)) => ({ since: Math.floor(from / step) * step, until: Math.max(Math.ceil(to / step), Math.floor(from / step) + 1) * step, step });
const range = () => {
if (state.last == null) return alignedRange(state.from, state.to);
const step = stepFor(state.last), until = Math.floor(now() / step + 1) * step;
return { since: until - Math.ceil(state.last / step) * step, until, step };
};
const chooseTime = (from, to) => set({ last: null, from: Math.max(0, Math.round(from)), to: Math.max(Math.round(from) + 60, Math.round(to)) });
const hash = () => {
const parts = new URLSearchParams();
parts.set('view', state.view);
if (state.last != null) parts.set('last', state.last);
else for (const name of ['from', 'to']) parts.set(name, state[name]);
if (state.endpoint != null) parts.set('endpoint', endpointText(hub.endpoints[state.endpoint]));
if (state.consumer != null) parts.set('consumer', hub.consumers[state.consumer][0] ?? '');
for (const name of ['group', 'status', 'apdex']) if (state[name] != null) parts.set(name, state[name]);
if (state.baseline !== 'previous') parts.set('baseline', state.baseline);
for (const [name, value] of Object.entries(state.log)) if (value) parts.set(`log.${name}`, value);
return `#${parts}`;
};
const readHash = () => {
const parts = new URLSearchParams(location.hash.slice(1));
const number = (name) => (/^\d{1,11}$/.test(parts.get(name) ?? '') ? +parts.get(name) : null);
Object.assign(state, { view: VIEWS.includes(parts.get('view')) ? parts.get('view') : 'overview', last: null, from: null, to: null, ...NOTHING, baseline: BASELINES.includes(parts.get('baseline')) ? parts.get('baseline') : 'previous', log: {} });
if (number('last') >= 60 && number('last') <= 400 * 86400) state.last = number('last');
else if (number('from') != null && number('to') > number('from')) Object.assign(state, { from: number('from'), to: number('to') });
const [, method, path] = /^(\S+) ([^]+)$/.exec(parts.get('endpoint') ?? '') ?? [];
if (path) state.endpoint = hub.endpoint(method, path);
if (parts.has('consumer')) state.consumer = hub.consumer(parts.get('consumer') || null);
if (parts.get('group')) state.group = parts.get('group');
if (number('status') != null && number('status') < 3) state.status = number('status');
if (number('apdex') > 0) state.apdex = number('apdex');
for (const [name, value] of parts) if (name.startsWith('log.') && LOG_FILTERS.includes(name.slice(4))) state.log[name.slice(4)] = value;
};
const set = ({ since, until, ...changes }) => {
if (since != null && answered && !(since === 0 && until === answered.query.until)) {
const { moment } = answered.source;
Object.assign(changes, { last: null, from: Math.round(moment(since)), to: Math.round(moment(until)) });
}
Object.assign(state, changes);
history.pushState(null, '', hash());
return draw();
};
const allConsumers = (context) => {
consumersView(context);
const { more } = context.answer;
if (more.consumers) $('consumers-list').append(note(`${counted(more.consumers, 'consumer')} with fewer requests not listed. The field above takes the whole name of any.`));
};
const DRAW = { overview: overviewView, errors: errorsView, performance: performanceView, consumers: allConsumers, compare: comparisonView, requests: requestsView, uptime: uptimeView };
let answered = null, asked = 0;
const queryOf = () => {
const { endpoint, consumer, group, status, apdex } = state;
return { range: range(), endpoint, consumer, group, status, apdex };
};
const draw = async (isQuiet = false) => {
if (isQuiet && $('views').getAttribute('aria-busy') === 'true') return;
const began = performance.now(), number = ++asked;
let answer;
$('views').setAttribute('aria-busy', 'true');
try {
answer = await hub.get(queryOf());
} catch (error) {
if (number === asked) trouble(error);
return;
}
if (number !== asked) return;
trouble(null);
if (isQuiet && (answer === answered || isRead())) return heading();
const isNews = answered != null && answer !== answered && !isQuiet;
answered = answer;
show();
if (isNews) announce(`${counted(answer.n, 'request')}, 4xx ${shareText(answer.e4, answer.n)}, 5xx ${shareText(answer.e5, answer.n)}`);
document.body.dataset.ready = 'yes';
document.body.dataset.milliseconds = (performance.now() - began).toFixed(1);
};
const show = (isPrinting = false) => {
if (!answered) return;
const context = { answer: answered, source: answered.source, state, set, announce, redraw: () => show() };
showTab(VIEWS, state.view, isPrinting);
rangeButtons();
chips();
heading();
tiles(context);
books();
for (const name of isPrinting ? VIEWS : [state.view]) DRAW[name](context);
};
const firing = async () => {
let alerts = [];
try {
({ alerts } = await (await fetch('../../api/v1/alerts')).json());
} catch {
}
const own = (alerts ?? []).filter((alert) => alert.state === 'firing' && alert.client === clientID && alert.environment === env);
$('firing').hidden = !own.length;
$('firing').replaceChildren('▲ ', counted(own.length, 'alert fires', 'alerts fire'), ': ', ...own.slice(0, 5).flatMap((alert, i) => [i ? ', ' : '', nameText(alert.name)]), own.length > 5 ? '…' : '', ' ', h('a', { href: '../../alerts' }, 'All alerts'));
};
const isRead = () => document.querySelector('.tip.on, details[open], dialog[open], #views input:focus, #views select:focus, .chart:focus, tbody :focus') != null;
const trouble = (error) => {
$('views').setAttribute('aria-busy', 'false');
$('trouble').hidden = error == null;
document.body.classList.toggle('stale', error != null);
if (error == null) return;
const reason = error instanceof TypeError ? 'it cannot be reached' : error.message;
$('trouble').textContent = `The hub does not answer: ${reason}.${answered ? ' What is shown is what it answered before.' : ''}`;
$('app').hidden = false;
document.body.dataset.ready = 'yes';
};
const rangeButtons = () => {
$('ranges').replaceChildren(
...RANGES.map(([length, name]) => h('button', { type: 'button', 'aria-pressed': state.last === length ? 'true' : 'false', on: { click: () => set({ last: length, from: null, to: null }) } }, name)),
h('button', { type: 'button', id: 'choose', 'aria-pressed': state.last == null ? 'true' : 'false', 'aria-expanded': $('custom').hidden ? 'false' : 'true', 'aria-controls': 'custom', on: { click: toggleCustom } }, 'Custom'));
const { since, until } = range(), length = until - since;
const move = (name, label, from, to, isOff) => h('button', { type: 'button', 'aria-label': label, title: label, disabled: isOff, on: { click: () => chooseTime(from, to) } }, name);
$('around').replaceChildren(
move('‹', 'Earlier', since - length, since, since <= 0),
move('›', 'Later', until, until + length, until > now()),
move('−', 'A longer time', since - length / 2, until + length / 2, length > 380 * 86400));
if ($('custom').hidden) for (const [id, second] of [['from', since], ['to', until]]) $(id).value = isoText(second).slice(0, 16);
};
const toggleCustom = () => {
$('custom').hidden = !$('custom').hidden;
$('choose').setAttribute('aria-expanded', $('custom').hidden ? 'false' : 'true');
if (!$('custom').hidden) $('from').focus();
};
$('custom').addEventListener('submit', (event) => {
event.preventDefault();
const [from, to] = ['from', 'to'].map((id) => Date.parse(`${$(id).value}Z`) / 1e3);
if (!(from >= 0) || !(to > from) || to - from > 400 * 86400) {
announce('Choose a beginning and a later end, at most 400 days apart.');
$('to').setCustomValidity('After the beginning, and at most 400 days');
$('to').reportValidity();
return;
}
$('custom').hidden = true;
chooseTime(from, to);
});
for (const id of ['from', 'to']) $(id).addEventListener('input', () => $('to').setCustomValidity(''));
const chips = () => {
const list = [];
const chip = (kind, text, remove) => list.push(chipButton(kind, text, () => set(remove)));
if (state.last == null) chip('time', periodText(range().since, range().until), { last: 86400, from: null, to: null });
if (state.endpoint != null) chip('endpoint', endpointText(hub.endpoints[state.endpoint]), { endpoint: null });
if (state.consumer != null) chip('consumer', consumerText(hub.consumers[state.consumer]), { consumer: null });
if (state.group != null) chip('group', state.group, { group: null });
if (state.status != null) chip('status', kinds(answered.source.head)[state.status].name, { status: null });
if (state.apdex != null) chip('Apdex T', durationText(state.apdex), { apdex: null });
if (list.length > 1) list.push(h('button', { type: 'button', class: 'link', on: { click: clear } }, 'Clear all'));
if (!list.length) list.push(h('span', { class: 'soft' }, 'Drag over a chart to look closer; choose a row or a status code to filter by it.'));
$('chips').replaceChildren(...list);
};
const clear = () => set({ ...NOTHING, log: {}, ...(state.last == null ? { last: 86400, from: null, to: null } : {}) });
const heading = () => {
document.title = `${env} · backtally hub`;
$('title').replaceChildren(nameText(env), h('small', {}, clientID));
if (!answered) return;
const { figures } = answered, { head } = answered.source;
const parts = [`${periodText(head.first / 1e3, head.first / 1e3 + head.slots * head.slot)} UTC`, `slots of ${spanText(head.slot)}`];
if (figures.last_minute) {
const age = now() - Date.parse(figures.last_minute) / 1e3 - 60;
parts.push(age < 90 ? 'newest requests: this minute' : `newest requests: ${age < 86400 ? `${spanText(Math.floor(age / 60) * 60)} ago` : `${isoText(Date.parse(figures.last_minute) / 1e3).slice(0, 16).replace('T', ' ')} UTC`}`);
} else {
parts.push('nothing has arrived yet');
}
if (state.isPaused) parts.push('paused');
$('subtitle').textContent = parts.join(' · ');
};
const timeOf = () => (({ since, until }) => ({ since, until }))(range());
const books = () => {
const { figures } = answered, { head } = answered.source;
const rows = [['Client ID and environment', `${clientID}, ${env}`]];
const minute = (text) => text.slice(0, 16).replace('T', ' ') + ' UTC';
if (figures.first_minute) rows.push(['Requests arrived for', `${minute(figures.first_minute)} to ${minute(figures.last_minute)}`]);
rows.push(['In this time', `${counted(answered.n, 'request')}, ${bytesText(figures.bytes_received)} received, ${bytesText(figures.bytes_sent)} sent`]);
if (head.coverage.durations) {
rows.push(['Percentiles', head.resolution >= 1e6 ? `nearest rank, from bins of ${durationText(head.resolution / 1e6)}: the middle of the bin` : 'nearest rank, from a histogram of scale 3: at most 4.4 % off']);
rows.push(['Apdex', 'up to T satisfied, up to 4 T half, by time alone; ≈ where T is within a bin']);
}
if (figures.more_endpoints) rows.push(['Endpoints', `${counted(figures.more_endpoints, 'endpoint')} with fewer requests not listed`]);
if (answered.source.bands.length) rows.push(['Backfilled', 'marked below the axis: what an import has filled in afterwards']);
rows.push(['New consumers', 'first seen after the first day of all that has arrived']);
rows.push(['Times', 'UTC; requests are counted in the minute in which their message was made']);
rows.push(['Figures as JSON', h('a', { href: hub.url('figures', hub.parameters(queryOf())) }, 'figures'), ', ', h('a', { href: hub.url('audience', hub.parameters(queryOf())) }, 'audience'), ', ', h('a', { href: hub.url('findings', timeOf()) }, 'what stands out'), ', ', h('a', { href: hub.url('comparison', { ...timeOf(), baseline: state.baseline }) }, 'what has changed')]);
rows.push(['Keys', '1–7 views, / endpoint, c consumer, p pause, arrows in a chart, Shift and arrows to choose a time, Enter to look closer, Esc to clear']);
$('books').replaceChildren(...rows.flatMap(([name, ...value]) => [h('dt', {}, name), h('dd', {}, ...value)]));
};
const pause = () => {
state.isPaused = !state.isPaused;
$('pause').textContent = state.isPaused ? 'Continue' : 'Pause';
$('pause').setAttribute('aria-pressed', state.isPaused ? 'true' : 'false');
announce(state.isPaused ? 'Paused' : 'Continued');
heading();
if (!state.isPaused) draw(true);
};
$('pause').addEventListener('click', pause);
addEventListener('keydown', (event) => {
if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
if (event.key === 'p' && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) pause();
});
setInterval(() => {
if (state.isPaused || document.hidden) return;
draw(true);
firing();
}, POLLING);
let namesOf = null;
const loadNames = async (field) => {
const key = JSON.stringify(range());
if (namesOf === key) return;
namesOf = key;
try {
await hub.loadNames(range());
} catch {
namesOf = null;
return;
}
if (document.activeElement === field) field.dispatchEvent(new Event('input'));
};
for (const id of ['endpoint', 'consumer']) $(id).addEventListener('focus', (event) => loadNames(event.target));
picker($('endpoint'), $('endpoint-list'), () => hub.endpoints.map(endpointText), (endpoint) => set({ endpoint }));
picker($('consumer'), $('consumer-list'), () => hub.consumers.map((row) => (row[3] ? `${row[3]} ${row[0]}` : consumerText(row))), (consumer) => set({ consumer }));
const typed = (id, chosen) => $(id).addEventListener('keydown', (event) => {
const text = event.target.value.trim(), changes = event.key === 'Enter' && text && $(`${id}-list`).querySelector('[aria-disabled]') ? chosen(text) : null;
if (!changes) return;
event.preventDefault();
event.target.value = '';
event.target.blur();
set(changes);
});
typed('consumer', (text) => ({ consumer: hub.consumer(text) }));
typed('endpoint', (text) => {
const [, method, path] = /^(\S+) (\/[^]*)$/.exec(text) ?? [];
return path ? { endpoint: hub.endpoint(method.toUpperCase(), path) } : null;
});
tabs(VIEWS, (view) => set({ view }));
themeButton(() => show());
keys(VIEWS, (view) => set({ view }), clear);
redrawn(show);
addEventListener('popstate', () => { readHash(); begin(); });
addEventListener('hashchange', () => { readHash(); begin(); });
const begin = async () => {
if (state.last != null || state.from != null) return draw();
state.last = 86400;
try {
const { first_minute: first, last_minute: last } = await hub.json('figures', { since: Math.floor(now() / 60) * 60 - 60, until: Math.floor(now() / 60) * 60, limit: 1 });
const [from, to] = [first, last].map((text) => (text ? Date.parse(text) / 1e3 : null));
if (to != null && to < now() - 86400) Object.assign(state, { last: null, from: Math.max(from, to - 366 * 86400), to: to + 60 });
} catch {
}
history.replaceState(null, '', hash());
return draw();
};
$('app').hidden = false;
readHash();
firing();
await begin();

"""##

  static let alerts = ##"""
const POLLING = 10_000;
const SIGNS = { firing: ['bad', '▲ firing'], pending: ['warn', '△ not yet for long enough'], resolved: ['good', 'resolved'], ok: ['soft', 'ok'] };
const figureText = (value) => (value == null ? 'no figure' : Number.isInteger(value) ? whole(value) : String(+value.toPrecision(4)));
const agoText = (text) => {
const age = Date.now() / 1e3 - Date.parse(text) / 1e3;
return age < 60 ? 'just now' : `${spanText(Math.floor(age / 60) * 60)} ago`;
};
const stamp = (text) => `${text.slice(0, 16).replace('T', ' ')} UTC`;
const alertCard = (alert) => {
const [color, state] = SIGNS[alert.state] ?? ['soft', alert.state];
const facts = [
['Value', `${figureText(alert.value)}, ${alert.direction} ${figureText(alert.threshold)} alerts`],
['Since', `${stamp(alert.since)}, ${agoText(alert.since)}`],
alert.fired_at && ['Fired', stamp(alert.fired_at)],
alert.resolved_at && ['Resolved', stamp(alert.resolved_at)],
alert.evaluated_at && ['Looked at', agoText(alert.evaluated_at)],
].filter(Boolean);
const actions = alert.actions ?? [];
return h('section', { class: 'card alert', 'data-state': alert.state },
h('div', { class: 'head' }, h('h2', {}, nameText(alert.name)), h('b', { class: color }, state)),
h('p', {}, nameText(alert.metric), ' of ', h('a', { href: `apps/${encodeURIComponent(alert.client)}/${encodeURIComponent(alert.environment)}` }, nameText(alert.environment)), ' ', h('small', {}, alert.client)),
h('dl', {}, facts.flatMap(([name, value]) => [h('dt', { class: 'soft' }, name), h('dd', {}, value)])),
actions.length ? h('details', { class: 'values' }, h('summary', {}, counted(actions.length, 'action')), h('ul', { class: 'plain' }, actions.map((action) => h('li', {},
`${stamp(action.at)}: ${action.event}, ${action.action} `, h('span', { class: action.state === 'failed' ? 'bad' : 'soft' }, action.state), action.tries > 1 ? `, ${whole(action.tries)} tries` : '', action.error ? [' – ', nameText(action.error)] : '')))) : '');
};
let shown = null;
const draw = async () => {
try {
const response = await fetch('api/v1/alerts', { headers: { accept: 'application/json' } });
if (!response.ok) throw new Error(`status ${response.status}`);
const text = await response.text(), { alerts, more } = JSON.parse(text);
$('trouble').hidden = true;
const firing = alerts.filter((alert) => alert.state === 'firing').length;
$('subtitle').textContent = alerts.length ? `${whole(firing)} firing, ${counted(alerts.length - firing, 'other')}${more ? `, ${whole(more)} more` : ''}` : '';
document.title = `${firing ? `(${firing}) ` : ''}Alerts · backtally hub`;
if (text !== shown && !document.querySelector('details[open]')) {
shown = text;
$('alerts').replaceChildren(...(alerts.length ? alerts.map(alertCard) : [h('section', { class: 'card' }, note('No alert has been looked at yet. Rules are in the hub’s configuration.'))]));
}
} catch (error) {
$('trouble').hidden = false;
$('trouble').textContent = `The hub does not answer: ${error instanceof TypeError ? 'it cannot be reached' : error.message}.`;
}
$('views').setAttribute('aria-busy', 'false');
document.body.dataset.ready = 'yes';
};
themeButton(() => {});
setInterval(() => { if (!document.hidden) draw(); }, POLLING);
await draw();

"""##
}
