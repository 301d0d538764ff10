// swift-format-ignore-file
// Made by scripts/embed-page of the files in Page/: edit those.

package enum PageAssets {
  package static let markup = ##"""
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '@@SCRIPT-HASH@@'; style-src '@@STYLE-HASH@@'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<title>Access log report</title>
<style>@@STYLE@@</style>
</head>
<body>
<main id="summary" class="wrap summary">
<h1>Access log report</h1>
@@SUMMARY@@<p>In a browser with scripts this page has charts, filters and all rows. It loads and sends nothing.</p>
</main>
<div id="app" hidden>
<header class="wrap top">
<div><h1 id="title"></h1><p id="subtitle" class="soft"></p></div>
<button type="button" id="theme" aria-label="Switch between light and dark" title="Light or dark">◐</button>
</header>
<div id="tools" class="toolbar"><div class="wrap">
<div class="tabs" role="tablist" aria-label="Views">
<button type="button" role="tab" id="tab-overview" aria-controls="view-overview">Overview</button>
<button type="button" role="tab" id="tab-errors" aria-controls="view-errors">Errors</button>
<button type="button" role="tab" id="tab-performance" aria-controls="view-performance">Performance</button>
<button type="button" role="tab" id="tab-consumers" aria-controls="view-consumers">Consumers</button>
<button type="button" role="tab" id="tab-compare" aria-controls="view-compare">Compare</button>
</div>
<div class="pickers">
<div class="picker"><label class="sr" for="endpoint">Filter by endpoint</label><input id="endpoint" type="text" role="combobox" aria-expanded="false" aria-controls="endpoint-list" aria-autocomplete="list" autocomplete="off" spellcheck="false" placeholder="Endpoint"><kbd aria-hidden="true">/</kbd><ul id="endpoint-list" role="listbox" aria-label="Endpoints" hidden></ul></div>
<div class="picker"><label class="sr" for="consumer">Filter by consumer</label><input id="consumer" type="text" role="combobox" aria-expanded="false" aria-controls="consumer-list" aria-autocomplete="list" autocomplete="off" spellcheck="false" placeholder="Consumer"><kbd aria-hidden="true">c</kbd><ul id="consumer-list" role="listbox" aria-label="Consumers" hidden></ul></div>
</div>
</div></div>
<main class="wrap" id="views">
<div class="chips" id="chips"></div>
<div class="tiles" id="tiles"></div>
<section role="tabpanel" id="view-overview" aria-labelledby="tab-overview"></section>
<section role="tabpanel" id="view-errors" aria-labelledby="tab-errors" hidden></section>
<section role="tabpanel" id="view-performance" aria-labelledby="tab-performance" hidden></section>
<section role="tabpanel" id="view-consumers" aria-labelledby="tab-consumers" hidden></section>
<section role="tabpanel" id="view-compare" aria-labelledby="tab-compare" hidden></section>
</main>
<footer class="wrap"><h2>What this is of</h2><dl id="books"></dl></footer>
<div id="live" class="sr" role="status" aria-live="polite"></div>
</div>
<script type="text/plain" id="data">@@DATA@@</script>
<script>@@SCRIPT@@</script>
</body>
</html>

"""##

  package static let style = ##"""
:root {
color-scheme: light dark;
--bg: #f6f6f4; --card: #ffffff; --ink: #16191d; --soft: #59626d; --line: #e2e3df; --hover: #f0f1ee;
--ok: #4a7ab3; --warn: #bf7a00; --warn-ink: #8f5900; --bad: #b3123f; --good: #17734f; --mark: #16191d; --focus: #1a56c4;
--shade: rgba(47, 100, 168, .12); --heat-0: 246,247,245; --heat-1: 23,62,117; --radius: 8px;
}
@media (prefers-color-scheme: dark) {
:root:not([data-theme=light]) {
--bg: #0e1115; --card: #151a20; --ink: #e7eaee; --soft: #9aa4b1; --line: #272e37; --hover: #1c232b;
--ok: #6b9ad4; --warn: #e8ab48; --warn-ink: #e8ab48; --bad: #ff6f90; --good: #5fcf9f; --mark: #e7eaee; --focus: #8ab8ff;
--shade: rgba(134, 180, 240, .16); --heat-0: 21,26,32; --heat-1: 150,196,255;
}
}
:root[data-theme=dark] {
color-scheme: dark;
--bg: #0e1115; --card: #151a20; --ink: #e7eaee; --soft: #9aa4b1; --line: #272e37; --hover: #1c232b;
--ok: #6b9ad4; --warn: #e8ab48; --warn-ink: #e8ab48; --bad: #ff6f90; --good: #5fcf9f; --mark: #e7eaee; --focus: #8ab8ff;
--shade: rgba(134, 180, 240, .16); --heat-0: 21,26,32; --heat-1: 150,196,255;
}
:root[data-theme=light] { color-scheme: light; }
* { box-sizing: border-box; }
html { scrollbar-gutter: stable; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 14px/1.45 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; }
[hidden] { display: none !important; }
.wrap { max-width: 1240px; margin: 0 auto; padding: 0 20px; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.soft, i { color: var(--soft); font-style: normal; }
.warn { color: var(--warn-ink); } .bad { color: var(--bad); } .good { color: var(--good); }
h1 { font-size: 20px; line-height: 1.25; font-weight: 650; letter-spacing: -.01em; margin: 0; overflow-wrap: anywhere; }
h2, h3 { font-size: 14px; font-weight: 620; margin: 0; }
p { margin: 0; }
small { font-size: 12px; color: var(--soft); font-weight: 400; }
button, input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); padding: 5px 10px; min-height: 32px; }
button { cursor: pointer; }
button:hover { background: var(--hover); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
::placeholder { color: var(--soft); opacity: 1; }
.link { border: 0; background: none; padding: 2px 4px; min-height: 24px; text-decoration: underline; text-underline-offset: 3px; }
.note { color: var(--soft); padding: 6px 0; }
.top { display: flex; gap: 12px; align-items: flex-start; padding-top: 20px; padding-bottom: 12px; }
.top > div { flex: 1; min-width: 0; }
.top .soft { margin-top: 2px; }
#theme { width: 34px; padding: 0; }
.toolbar { position: sticky; top: 0; z-index: 5; background: var(--bg); border-bottom: 1px solid var(--line); }
.toolbar .wrap { display: flex; gap: 8px 16px; align-items: center; padding-top: 8px; padding-bottom: 8px; flex-wrap: wrap; }
.tabs { display: flex; gap: 2px; margin-right: auto; }
.tabs button { border-color: transparent; background: none; color: var(--soft); white-space: nowrap; }
.tabs button[aria-selected=true] { background: var(--card); color: var(--ink); font-weight: 600; border-color: var(--line); }
.pickers { display: flex; gap: 8px; }
.picker { position: relative; }
.picker input { width: 200px; padding-right: 28px; }
.picker kbd { position: absolute; right: 9px; top: 7px; font: 12px/18px ui-monospace, "DejaVu Sans Mono", monospace; color: var(--soft); pointer-events: none; }
.picker ul { position: absolute; right: 0; top: 100%; z-index: 9; width: max(100%, min(420px, calc(100vw - 32px))); max-height: 320px; overflow-y: auto; margin: 4px 0 0; padding: 4px; list-style: none; background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); box-shadow: 0 8px 24px rgba(0, 0, 0, .16); }
.picker li { padding: 4px 8px; min-height: 28px; border-radius: 5px; cursor: pointer; overflow-wrap: anywhere; }
.picker li:hover, .picker li[aria-selected=true] { background: var(--shade); }
.chips { display: flex; gap: 6px; flex-wrap: wrap; align-items: center; padding: 10px 0; min-height: 50px; }
.chip { display: inline-flex; gap: 7px; align-items: center; background: var(--shade); border-color: transparent; border-radius: 99px; padding: 2px 12px; min-height: 30px; max-width: 100%; text-align: left; }
.chip b { font-weight: 600; overflow-wrap: anywhere; min-width: 0; }
.chip .kind { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); overflow: hidden; margin-bottom: 14px; }
.tile { padding: 11px 14px 8px; min-width: 0; margin: 0 -1px -1px 0; border: solid var(--line); border-width: 0 1px 1px 0; }
.tile .label { color: var(--soft); font-size: 12px; }
.tile .value { font-size: 24px; line-height: 1.25; font-weight: 620; letter-spacing: -.02em; white-space: nowrap; }
.tile .value small { display: block; letter-spacing: 0; line-height: 1.4; min-height: 17px; overflow: hidden; text-overflow: ellipsis; }
.tile .spark { width: 100%; height: 26px; margin-top: 6px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); padding: 14px 16px; margin-bottom: 14px; min-width: 0; }
.head { display: flex; align-items: baseline; gap: 4px 14px; margin-bottom: 8px; flex-wrap: wrap; }
.head > h2 { margin-right: auto; }
.stack { display: flex; flex-direction: column; min-width: 0; } .stack .card:last-child { flex: 1; }
.two { display: grid; grid-template-columns: minmax(0, 1.6fr) minmax(0, 1fr); gap: 14px; }
.legend { display: flex; gap: 4px 14px; color: var(--soft); font-size: 12px; flex-wrap: wrap; align-items: baseline; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 5px; }
.key.ok { background: var(--ok); } .key.warn { background: var(--warn); } .key.bad { background: var(--bad); } .key.good { background: var(--good); } .key.mark { background: var(--mark); border-radius: 50%; }
#apdex { width: 88px; min-height: 28px; padding: 2px 8px; color: var(--ink); }
.chart { position: relative; touch-action: pan-y; border-radius: 4px; cursor: crosshair; user-select: none; }
.chart svg, .chart canvas { display: block; width: 100%; }
.chart svg { height: auto; }
.chart canvas { position: absolute; left: 0; top: 0; height: 100%; }
.chart svg.over { position: relative; }
.chart text { fill: var(--soft); font-size: 12px; }
.chart text.direct { fill: var(--ink); paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; }
.grid { stroke: var(--line); stroke-width: 1; }
.over .grid { stroke: var(--soft); opacity: .28; }
.tick { stroke: var(--soft); opacity: .5; }
.chosen { fill: var(--shade); } .edge { stroke: var(--focus); opacity: .6; }
.drag { fill: var(--focus); opacity: .2; }
.cursor { stroke: var(--ink); opacity: .55; }
.gap { fill: var(--bad); opacity: .14; }
.mark { stroke: var(--mark); stroke-dasharray: 2 3; opacity: .6; }
circle.badge { fill: var(--mark); }
.chart text.badge { fill: var(--card); font-size: 10px; font-weight: 650; }
.line { fill: none; stroke: var(--ink); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line.p95 { stroke-dasharray: 6 4; } .line.p99 { stroke-dasharray: 1.5 4; }
.halo { fill: none; stroke: var(--card); stroke-width: 4; stroke-linejoin: round; opacity: .55; }
.threshold { stroke: var(--bad); stroke-width: 1.2; }
.tip { position: absolute; pointer-events: none; z-index: 4; background: var(--ink); color: var(--bg); border-radius: var(--radius); padding: 7px 10px; font-size: 12px; white-space: nowrap; visibility: hidden; }
.tip.on { visibility: visible; }
.tip div { display: flex; justify-content: space-between; gap: 14px; }
details.values { margin-top: 4px; }
summary { cursor: pointer; color: var(--soft); font-size: 12px; padding: 4px 0; width: max-content; max-width: 100%; min-height: 24px; }
div.values { max-height: 300px; overflow: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 6px 10px; text-align: right; white-space: nowrap; border-top: 1px solid var(--line); font-weight: 400; }
thead th { border-top: 0; padding: 0; color: var(--soft); font-size: 12px; vertical-align: bottom; }
thead th > span { display: block; padding: 5px 10px; }
thead button { border: 0; background: none; padding: 4px 10px; min-height: 28px; font-size: 12px; color: var(--soft); white-space: nowrap; }
thead th[aria-sort$=ending] button { color: var(--ink); font-weight: 600; }
th:first-child, td:first-child { text-align: left; padding-left: 2px; }
thead th:first-child button, thead th:first-child > span { padding-left: 2px; }
td:last-child { padding-right: 4px; } thead th:last-child button { padding-right: 4px; }
tbody th { white-space: normal; width: 40%; }
tr.pick { cursor: pointer; }
tr.pick:hover { background: var(--hover); }
tr.this { background: var(--shade); }
.name { border: 0; background: none; border-radius: 4px; padding: 2px 0; min-height: 24px; text-align: left; overflow-wrap: anywhere; font: 13px/1.4 ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; }
button.name:hover { background: none; text-decoration: underline; text-underline-offset: 3px; }
.method { color: var(--soft); font-size: 12px; display: inline-block; min-width: 4.2em; }
.verdict { display: inline-block; }
.more { margin-top: 10px; }
.spark { width: 104px; height: 22px; display: block; margin-left: auto; overflow: visible; }
.range { width: 150px; height: 20px; display: block; margin-left: auto; }
.findings, .plain { list-style: none; margin: 0; padding: 0; }
.findings li + li { border-top: 1px solid var(--line); }
.findings button { display: grid; grid-template-columns: 18px 1fr; gap: 1px 8px; width: 100%; text-align: left; border: 0; background: none; padding: 8px 4px; }
.findings button:hover { background: var(--hover); }
.sign { text-align: center; }
.what { font-weight: 600; overflow-wrap: anywhere; }
.text { grid-column: 2; color: var(--soft); }
.number { display: inline-block; min-width: 15px; height: 15px; margin-left: 7px; border-radius: 8px; background: var(--mark); color: var(--card); font-size: 10px; line-height: 15px; font-weight: 650; text-align: center; vertical-align: 1px; }
.plain li { padding: 3px 0; overflow-wrap: anywhere; }
.statuses { display: grid; grid-template-columns: minmax(0, 1fr); }
.status { display: grid; grid-template-columns: 52px minmax(0, 1fr) minmax(64px, auto); gap: 10px; align-items: center; border: 0; background: none; text-align: left; padding: 1px 4px; min-height: 26px; border-radius: 4px; }
.status[aria-pressed=true] { background: var(--shade); }
.track { display: block; }
.fill { display: block; height: 9px; border-radius: 2px; }
.fill.ok { background: var(--ok); } .fill.warn { background: var(--warn); } .fill.bad { background: var(--bad); }
.count { text-align: right; }
.sides { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 14px; }
footer { color: var(--soft); padding-top: 6px; padding-bottom: 40px; }
footer h2 { color: var(--ink); margin-bottom: 6px; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 3px 18px; margin: 0; }
dd { margin: 0; overflow-wrap: anywhere; }
.summary { padding-top: 20px; max-width: 800px; }
.summary h2 { font-size: 14px; margin-top: 12px; } .summary dl, .summary svg { margin: 12px 0 6px; }
.summary table { margin: 14px 0; } .summary caption { text-align: left; font-weight: 600; }
.summary h2 { overflow-wrap: anywhere; }
@media (max-width: 1080px) { .leaves-1 { display: none; } .tiles { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
@media (max-width: 920px) { .leaves-2 { display: none; } }
@media (max-width: 820px) {
.leaves-3 { display: none; }
.two { grid-template-columns: minmax(0, 1fr); gap: 0; }
.pickers { width: 100%; } .picker { flex: 1; } .picker input { width: 100%; }
.picker:first-child ul { right: auto; left: 0; }
}
@media (max-width: 640px) {
.leaves-4 { display: none; }
.wrap { padding: 0 14px; }
.tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
.tile { padding: 9px 12px 6px; } .tile .value { font-size: 20px; }
.card { padding: 12px; }
.tabs { width: 100%; justify-content: space-between; gap: 0; } .tabs button { padding: 5px 4px; font-size: 13px; }
th, td { padding: 6px; } thead button { padding: 4px 6px; } thead th > span { padding: 5px 6px; }
tbody th { width: auto; }
.method { min-width: 0; margin-right: 2px; } .name { font-size: 12px; }
.sides { grid-template-columns: minmax(0, 1fr); } .side + .side { margin-top: 14px; }
dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: 6px; }
}
@media (max-width: 520px) { .verdict { max-width: 74px; white-space: normal; } .leaves-5, .leaves-6 { display: none; } }
@media print {
:root, :root:not([data-theme=light]) { --bg: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; --ok: #4a7ab3; --warn: #bf7a00; --warn-ink: #8a5700; --bad: #b3123f; --good: #17734f; --mark: #000; --heat-0: 246,247,245; --heat-1: 23,62,117; color-scheme: light; }
body { font-size: 11px; }
.toolbar, #theme, .more, details.values, .tip, .chips .soft { display: none !important; }
.fill, .key, .tile, .number { print-color-adjust: exact; }
section[role=tabpanel] { display: block !important; break-before: page; }
#view-overview { break-before: auto; }
.wrap { max-width: none; padding: 0; }
.chart, .tiles, .findings li, .status, tbody tr { break-inside: avoid; }
.head { break-after: avoid; } .two { display: block; } .stack { display: block; }
.card, .tiles { border-radius: 0; }
@page { margin: 14mm; }
}

"""##

  package static let format = ##"""
const grouping = new Intl.NumberFormat('en-US');
const whole = (x) => grouping.format(Math.round(x));
const compact = (x) => (x < 1e8 ? whole(x) : x < 999.5e6 ? (x / 1e6).toFixed(1) + ' M' : (x / 1e9).toFixed(2) + ' G');
const axisNumber = (x) => {
if (x >= 1e9) return +(x / 1e9).toFixed(2) + ' G';
if (x >= 1e6) return +(x / 1e6).toFixed(2) + ' M';
if (x >= 1e4) return +(x / 1e3).toFixed(1) + ' k';
return whole(x);
};
const counted = (n, noun, plural) => `${whole(n)} ${n === 1 ? noun : plural ?? noun + 's'}`;
const bytesText = (x) => {
if (x >= 999.5e9) return (x / 1e12).toFixed(2) + ' TB';
if (x >= 999.5e6) return (x / 1e9).toFixed(2) + ' GB';
if (x >= 999.5e3) return (x / 1e6).toFixed(1) + ' MB';
if (x >= 1e3) return (x / 1e3).toFixed(1) + ' kB';
return whole(x) + ' B';
};
const durationText = (ms, resolution = 1e-6) => {
if (ms == null) return '–';
if (ms === 0) return resolution >= 1 ? '0 ms' : '0 s';
if (ms < resolution) return `< ${axisDuration(resolution)}`;
if (ms >= 3.6e6) return (ms / 3.6e6).toFixed(1) + ' h';
const units = [[1e3, 's'], [1, 'ms'], [1e-3, 'µs'], [1e-6, 'ns']];
const [size, name] = units.find(([size]) => ms >= size * 0.9995) ?? units[3];
const value = ms / size;
let places = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
if (size <= 1 && size > 1e-6) places = Math.max(0, places - 1);
let known = 0;
for (let unit = size; unit > resolution * 1.000001 && known < places; known++) unit /= 10;
return value.toFixed(known) + ' ' + name;
};
const axisDuration = (ms) => {
const [size, name] = [[1e3, 's'], [1, 'ms'], [1e-3, 'µs'], [1e-6, 'ns']].find(([size]) => ms >= size * 0.9995) ?? [1e-6, 'ns'];
return `${+(ms / size).toPrecision(3)} ${name}`;
};
const shareText = (part, all) => {
if (!part || !all) return '0 %';
const percent = (part / all) * 100;
if (percent < 0.01) return '< 0.01 %';
return percent.toFixed(percent < 0.995 ? 2 : 1) + ' %';
};
const spanText = (seconds) => {
const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
const i = units.findIndex(([size]) => seconds >= size);
if (i < 0) return '0 s';
const [size, name] = units[i];
const rest = units[i + 1] ? Math.floor((seconds % size) / units[i + 1][0]) : 0;
return `${whole(Math.floor(seconds / size))} ${name}` + (rest ? ` ${rest} ${units[i + 1][1]}` : '');
};
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const two = (n) => String(n).padStart(2, '0');
const dayText = (s) => {
const d = new Date(s * 1e3);
return `${MONTHS[d.getUTCMonth()]} ${d.getUTCDate()}`;
};
const clockText = (s, seconds = false) => {
const d = new Date(s * 1e3);
const text = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
return seconds ? `${text}:${two(d.getUTCSeconds())}` : text;
};
const dateText = (s) => {
const d = new Date(s * 1e3);
return `${WEEKDAYS[d.getUTCDay()]}, ${dayText(s)}, ${d.getUTCFullYear()}`;
};
const isoText = (s) => new Date(s * 1e3).toISOString();
const momentText = (s, seconds = false) => {
const d = new Date(s * 1e3);
return `${WEEKDAYS[d.getUTCDay()]} ${dayText(s)} ${clockText(s, seconds)}`;
};
const periodText = (from, to) => {
const seconds = to - from < 600;
const day = (s) => Math.floor(s / 86400);
const ends = to % 86400 === 0 && from % 86400 === 0;
if (ends) {
return day(to) - day(from) === 1 ? momentText(from).slice(0, -6) : `${momentText(from).slice(0, -6)} – ${momentText(to - 86400).slice(0, -6)}`;
}
return day(from) === day(to - 1e-3)
? `${momentText(from, seconds)} – ${clockText(to, seconds)}`
: `${momentText(from, seconds)} – ${momentText(to, seconds)}`;
};

"""##

  package static let dom = ##"""
const $ = (id) => document.getElementById(id);
const fill = (element, attributes, children) => {
for (const [name, value] of Object.entries(attributes)) {
if (value == null || value === false) continue;
if (name === 'on') for (const event in value) element.addEventListener(event, value[event]);
else if (name === 'css') Object.assign(element.style, value);
else element.setAttribute(name, value === true ? '' : value);
}
element.append(...children.flat(3).filter((child) => child != null && child !== ''));
return element;
};
const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes = {}, ...children) =>
fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const nameText = (text) => h('bdi', {}, text);
const endpointName = ([method, route]) =>
method ? [h('span', { class: 'method' }, method), ' ', nameText(route)] : [h('i', {}, route)];
const consumerName = ([name, merged, , title]) =>
name == null ? [h('i', {}, 'no consumer')] : merged ? [h('i', {}, name)] : title ? [nameText(title), ' ', h('i', {}, nameText(name))] : [nameText(name)];
const endpointText = ([method, route]) => (method ? `${method} ${route}` : route);
const consumerText = ([name]) => name ?? 'no consumer';
const note = (text, action, run) =>
h('p', { class: 'note' }, text, action ? [' ', h('button', { class: 'link', type: 'button', on: { click: run } }, action)] : '');

"""##

  package static let histogram = ##"""
const partsOf = (count) => {
const step = Math.ceil(count / 40);
return { step, parts: Math.ceil(count / step) };
};
class Histogram {
constructor(count) {
this.count = count;
for (const name of ['least', 'largest', 'middle', 'steps']) this[name] = new Float64Array(count);
}
total(bins) {
let sum = 0;
for (let i = 1; i < bins.length; i++) sum += bins[i];
return sum;
}
percentile(bins, q, range) {
return this.percentiles(bins, [q], range)[0];
}
percentiles(bins, qs, range) {
const total = this.total(bins);
if (!total) return qs.map(() => null);
let [sum, i] = [bins[1], 1];
return qs.map((q) => {
const rank = Math.max(1, Math.ceil((total * Math.round(q * 1e5)) / 1e5 - 1e-9));
while (sum < rank) sum += bins[++i];
const value = this.middle[i];
return i === 1 || range?.[0] == null ? value : Math.min(Math.max(value, range[0]), range[1]);
});
}
apdexCounts(bins, threshold) {
let isEstimate = false;
const upTo = (limit) => {
let sum = bins[1];
for (let i = 2; i < bins.length; i++) {
if (!bins[i]) continue;
if (this.largest[i] <= limit * (1 + 1e-9)) sum += bins[i];
else if (this.least[i] <= limit * (1 + 1e-9)) {
isEstimate = true;
sum += (bins[i] * Math.log(limit / this.least[i])) / Math.log(this.largest[i] / this.least[i]);
}
}
return sum;
};
const satisfied = upTo(threshold);
return [satisfied, upTo(4 * threshold) - satisfied, isEstimate];
}
sum(bins) {
let sum = 0;
for (let i = 2; i < bins.length; i++) sum += bins[i] * this.middle[i];
return sum;
}
}
class ExponentialHistogram extends Histogram {
constructor(head) {
super(head.bins);
const unit = head.resolution;
for (let i = 2; i < head.bins; i++) {
this.steps[i] = head.lowestBin + i - 2;
const bound = (b) => 1e9 * 2 ** (b / 2 ** head.scale);
let low = bound(head.lowestBin + i - 2), high = bound(head.lowestBin + i - 1);
const first = Math.floor((low / unit) * (1 + 1e-12)) + 1, last = Math.floor((high / unit) * (1 + 1e-12));
if (first <= last) [low, high] = [first * unit, last * unit];
this.least[i] = low / 1e6;
this.largest[i] = high / 1e6;
this.middle[i] = Math.round((2 * low * high) / (low + high)) / 1e6;
}
}
}

"""##

  package static let source = ##"""
const inflate = async (text) => {
const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
return new Uint8Array(await new Response(stream).arrayBuffer());
};
const decode = (bytes) => {
const length = new DataView(bytes.buffer).getUint32(0, true);
const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
let place = 4 + length;
const integer = () => {
let value = 0;
for (let scale = 1; ; scale *= 128) {
const byte = bytes[place++];
value += (byte & 127) * scale;
if (byte < 128) return value;
}
};
const section = (sizes, order) => {
const count = integer();
const inKey = [...sizes, 0].map(() => new Uint32Array(count)), parts = [];
order.forEach((place, i) => { parts[place] = inKey[i]; });
for (let i = 0, key = 0; i < count; i++) {
key += integer();
let rest = key;
for (let part = sizes.length; part > 0; part--) {
const size = sizes[part - 1];
const quotient = Math.floor(rest / size);
inKey[part][i] = rest - quotient * size;
rest = quotient;
}
inKey[0][i] = rest;
}
const counts = new Float64Array(count);
for (let i = 0; i < count; i++) counts[i] = integer();
return { count, parts, counts };
};
const E = head.endpoints.length, C = head.consumers.length, T = head.slots, N = head.bins;
return {
head,
slotEndpoints: section([E, T], [2, 1, 0]),
slotConsumers: section([C, T], [2, 1, 0]),
endpointConsumers: section([C, 3], [0, 1, 2]),
endpointDurations: section([E, N, head.groups], [2, 1, 3, 0]),
consumerDurations: section([3, N], [0, 1, 2]),
slotDurations: section([N, T], [1, 2, 0]),
shares: section([T, E, 3, N], [0, 1, 2, 3, 4]),
};
};
class EmbeddedSource {
static async open(text) {
return new EmbeddedSource(decode(await inflate(text)));
}
constructor(data) {
Object.assign(this, data);
const head = this.head;
this.histogram = new ExponentialHistogram(head);
this.classOf = head.statuses.map((status) => (status >= 400 && status < 500 ? 1 : status >= 500 && status < 600 ? 2 : 0));
this.shareRange = new Map();
const consumers = this.shares.parts[0];
for (let i = 0; i < this.shares.count; ) {
let end = i;
while (end < this.shares.count && consumers[end] === consumers[i]) end++;
this.shareRange.set(head.shared[consumers[i]], [i, end]);
i = end;
}
for (const number of head.shared) if (!this.shareRange.has(number)) this.shareRange.set(number, [0, 0]);
this.areAllShared = head.consumers.every((_, number) => this.shareRange.has(number));
this.groupOffset = head.firstSlot % head.group;
this.groups = [];
for (let a = 0; a < head.slots; ) {
const b = Math.min(head.slots, (this.groups.length + 1) * head.group - this.groupOffset);
this.groups.push({ a, b });
a = b;
}
this.isByDay = head.slots * head.slot > 3 * 86400 && 86400 % head.slot === 0;
this.dayOfSlot = Array.from({ length: head.slots }, (_, slot) =>
this.isByDay ? Math.floor(this.moment(slot) / 86400) - Math.floor(this.moment(0) / 86400) : Math.floor((slot * Math.min(head.slots, 40)) / head.slots));
this.days = [];
this.dayOfSlot.forEach((day, slot) => {
if (this.days.length <= day) this.days.push({ a: slot, b: slot });
this.days[day].b = slot + 1;
});
}
moment(slot) {
return (this.head.firstSlot + slot) * this.head.slot;
}
async get(query) {
const answer = new Answer(this, query);
answer.addCounts();
answer.addDurations();
return answer;
}
}
class Answer {
constructor(source, query) {
this.source = source;
this.query = query;
const { head } = source;
this.isAll = query.since === 0 && query.until === head.slots;
this.isShared = query.consumer != null && source.shareRange.has(query.consumer);
this.isUnfiltered = this.isAll && query.endpoint == null && query.consumer == null && query.status == null;
this.isWhole = this.isAll && query.consumer == null && query.status == null;
const rows = (count) => Array.from({ length: count }, (_, number) => ({ number, n: 0, e4: 0, e5: 0, trend: null, bins: null }));
this.endpoints = rows(head.endpoints.length);
this.consumers = rows(head.consumers.length);
this.missing = new Set();
const length = query.until - query.since, { step, parts } = partsOf(length);
this.partStep = step;
this.partLengths = Float64Array.from({ length: parts }, (_, part) => Math.min(step, length - part * step));
this.trends = new Float64Array(0);
this.trendsUsed = 0;
}
has(kind) {
return this.query.status == null || this.query.status === kind;
}
isIn(slot) {
return slot >= this.query.since && slot < this.query.until;
}
addCounts() {
const { source, query } = this, { head } = source;
this.series = [0, 1, 2].map(() => new Float64Array(head.slots));
this.errors = new Map();
if (query.consumer == null) this.countAll();
else if (this.isShared) this.countShares();
else this.countConsumer();
this.countConsumers();
this.n = this.e4 = this.e5 = 0;
if (this.series) {
for (let t = query.since; t < query.until; t++) {
this.n += this.series[0][t] + this.series[1][t] + this.series[2][t];
this.e4 += this.series[1][t];
this.e5 += this.series[2][t];
}
} else if (this.isAll) {
const row = this.endpoints[query.endpoint];
[this.n, this.e4, this.e5] = [row.n, row.e4, row.e5];
} else {
this.n = this.e4 = this.e5 = null;
}
if (query.endpoint != null) this.keepOnly('endpoints', query.endpoint);
if (query.consumer != null) this.keepOnly('consumers', query.consumer);
}
keepOnly(rows, number) {
if (this[rows]) this[rows] = this[rows].filter((row) => row.number === number);
}
add(row, kind, count) {
row.n += count;
if (kind === 1) row.e4 += count;
if (kind === 2) row.e5 += count;
}
addTrend(row, slot, count) {
const { since, until } = this.query;
if (slot < since || slot >= until) return;
const part = Math.floor((slot - since) / this.partStep);
(row.trend ??= this.newTrend())[part] += count / this.partLengths[part];
}
newTrend() {
const parts = this.partLengths.length;
if (this.trendsUsed + parts > this.trends.length) {
this.trends = new Float64Array(1024 * parts);
this.trendsUsed = 0;
}
return this.trends.subarray(this.trendsUsed, (this.trendsUsed += parts));
}
addError(status, endpoint, slot, count) {
const key = status * 0x10000 * 0x10 + endpoint;
let row = this.errors.get(key);
if (!row) this.errors.set(key, (row = { status, endpoint, n: 0, last: 0, trend: null }));
this.addTrend(row, slot, count);
if (!this.isIn(slot)) return;
row.n += count;
row.last = Math.max(row.last, slot);
}
countAll() {
const { source, query } = this, { parts, counts, count } = source.slotEndpoints;
const ofStatus = new Float64Array(source.head.statuses.length);
for (let i = 0; i < count; i++) {
const slot = parts[0][i], endpoint = parts[1][i], status = parts[2][i], n = counts[i];
const kind = source.classOf[status];
if (!this.has(kind)) continue;
const row = this.endpoints[endpoint];
this.addTrend(row, slot, n);
if (this.isIn(slot)) this.add(row, kind, n);
if (query.endpoint != null && query.endpoint !== endpoint) continue;
this.series[kind][slot] += n;
if (this.isIn(slot)) ofStatus[status] += n;
if (kind) this.addError(source.head.statuses[status], endpoint, slot, n);
}
this.statuses = new Map();
ofStatus.forEach((n, status) => { if (n) this.statuses.set(source.head.statuses[status], n); });
}
countShares() {
const { source, query } = this, { parts, counts } = source.shares;
const [from, to] = source.shareRange.get(query.consumer);
for (let i = from; i < to; i++) {
const slot = parts[1][i], endpoint = parts[2][i], kind = parts[3][i], n = counts[i];
if (!this.has(kind)) continue;
const row = this.endpoints[endpoint];
this.addTrend(row, slot, n);
if (this.isIn(slot)) this.add(row, kind, n);
if (query.endpoint != null && query.endpoint !== endpoint) continue;
this.series[kind][slot] += n;
if (kind) this.addError(kind, endpoint, slot, n);
}
}
countConsumer() {
const { source, query } = this;
if (query.endpoint == null) {
const { parts, counts, count } = source.slotConsumers;
for (let i = 0; i < count; i++) {
if (parts[1][i] === query.consumer && this.has(parts[2][i])) this.series[parts[2][i]][parts[0][i]] += counts[i];
}
} else {
this.series = null;
}
this.errors = null;
if (!this.isAll) {
this.endpoints = null;
return;
}
const { parts, counts, count } = source.endpointConsumers;
for (let i = 0; i < count; i++) {
if (parts[1][i] === query.consumer && this.has(parts[2][i])) this.add(this.endpoints[parts[0][i]], parts[2][i], counts[i]);
}
}
countConsumers() {
const { source, query } = this, { head } = source;
this.activity = new Uint8Array(source.days.length * head.consumers.length);
if (query.endpoint == null) {
const { parts, counts, count } = source.slotConsumers;
for (let i = 0; i < count; i++) {
const kind = parts[2][i];
if (!this.has(kind)) continue;
const row = this.consumers[parts[1][i]], slot = parts[0][i];
this.addTrend(row, slot, counts[i]);
this.activity[source.dayOfSlot[slot] * head.consumers.length + row.number] = 1;
if (this.isIn(slot)) this.add(row, kind, counts[i]);
}
return;
}
this.activity = null;
if (this.isAll) {
const { parts, counts, count } = source.endpointConsumers;
for (let i = 0; i < count; i++) {
if (parts[0][i] === query.endpoint && this.has(parts[2][i])) this.add(this.consumers[parts[1][i]], parts[2][i], counts[i]);
}
return;
}
const { parts, counts, count } = source.shares;
for (let i = 0; i < count; i++) {
if (parts[2][i] !== query.endpoint || !this.has(parts[3][i])) continue;
const row = this.consumers[head.shared[parts[0][i]]];
this.addTrend(row, parts[1][i], counts[i]);
if (this.isIn(parts[1][i])) this.add(row, parts[3][i], counts[i]);
}
if (!source.areAllShared) {
this.missing.add('consumers');
this.consumers = this.consumers.filter((row) => source.shareRange.has(row.number));
}
}
get audience() {
const { source, activity } = this, { head } = source, seen = new Uint8Array(head.consumers.length);
return activity && source.days.map((day, i) => {
const column = { ...day, known: 0, fresh: 0 };
for (let number = 0; number < head.consumers.length; number++) {
if (!activity[i * head.consumers.length + number]) continue;
const [name, isMerged, figures] = head.consumers[number];
if (name == null || isMerged) continue;
if (figures[0] >= head.firstDayEnd && !seen[number]) column.fresh++;
else column.known++;
seen[number] = 1;
}
return column;
});
}
addDurations() {
const { source, query } = this, { head } = source;
this.bins = null;
this.columns = null;
if (!head.coverage.durations) return;
if (query.status != null && !head.classes) {
this.missing.add('classes');
return;
}
if (query.consumer == null) this.addDurationsOfAll();
else if (this.isShared) this.addDurationsOfShares();
else if (this.isAll && query.endpoint == null) this.addDurationsOfConsumer();
else this.missing.add('durations');
}
newBins() {
return new Float64Array(this.source.head.bins);
}
get isOfGroups() {
return this.source.groups.some((group) => group.a === this.query.since) && this.source.groups.some((group) => group.b === this.query.until);
}
addDurationsOfAll() {
const { source, query } = this, { head } = source;
const isClassless = query.status != null && !head.endpointClasses;
const isGrouped = this.isOfGroups && !isClassless;
if (isClassless) this.missing.add('endpoint classes');
if (query.endpoint == null || isGrouped) this.bins = this.newBins();
if (!isGrouped && !isClassless) this.missing.add('groups');
if (isClassless && query.endpoint != null) return;
const groups = query.endpoint == null ? null : source.groups.map((group) => ({ ...group, bins: this.newBins() }));
const rows = new Map(this.endpoints.map((row) => [row.number, row]));
const grouped = source.endpointDurations, [groupOf, endpointOf, kindOf, binOf] = grouped.parts;
for (let i = 0; i < grouped.count; i++) {
const group = groupOf[i], kind = kindOf[i], bin = binOf[i];
const row = rows.get(endpointOf[i]);
if (!row || !this.has(kind)) continue;
if (groups) groups[group].bins[bin] += grouped.counts[i];
if (!isGrouped || source.groups[group].a < query.since || source.groups[group].b > query.until) continue;
(row.bins ??= this.newBins())[bin] += grouped.counts[i];
if (groups) this.bins[bin] += grouped.counts[i];
}
if (groups) {
this.columns = groups;
return;
}
this.columns = Array.from({ length: head.slots }, (_, slot) => ({ a: slot, b: slot + 1, bins: this.newBins() }));
const { parts, counts, count } = source.slotDurations;
for (let i = 0; i < count; i++) {
if (!this.has(parts[1][i])) continue;
this.columns[parts[0][i]].bins[parts[2][i]] += counts[i];
if (this.isIn(parts[0][i])) this.bins[parts[2][i]] += counts[i];
}
}
addDurationsOfShares() {
const { source, query } = this, { parts, counts } = source.shares;
this.bins = this.newBins();
this.columns = Array.from({ length: source.head.slots }, (_, slot) => ({ a: slot, b: slot + 1, bins: this.newBins() }));
const rows = new Map(this.endpoints.map((row) => [row.number, row]));
const [from, to] = source.shareRange.get(query.consumer);
for (let i = from; i < to; i++) {
const slot = parts[1][i], bin = parts[4][i];
if (!bin || !this.has(parts[3][i]) || !rows.has(parts[2][i])) continue;
this.columns[slot].bins[bin] += counts[i];
if (!this.isIn(slot)) continue;
this.bins[bin] += counts[i];
const row = rows.get(parts[2][i]);
(row.bins ??= this.newBins())[bin] += counts[i];
}
}
addDurationsOfConsumer() {
const { source, query } = this, { parts, counts, count } = source.consumerDurations;
this.bins = this.newBins();
this.missing.add('durations over time');
for (let i = 0; i < count; i++) {
if (parts[0][i] === query.consumer && this.has(parts[1][i])) this.bins[parts[2][i]] += counts[i];
}
}
addDurationsOfConsumers() {
const { source, query } = this, { head } = source;
if (!head.coverage.durations || (query.status != null && !head.classes) || this.hasConsumerDurations) return;
this.hasConsumerDurations = true;
const rows = new Map(this.consumers.map((row) => [row.number, row]));
const block = new Float64Array(rows.size * head.bins);
let used = 0;
const binsOf = (row) => (row.bins ??= block.subarray(used, (used += head.bins)));
if (this.isAll && query.endpoint == null) {
const { parts, counts, count } = source.consumerDurations;
for (let i = 0; i < count; i++) {
const row = rows.get(parts[0][i]);
if (row && this.has(parts[1][i])) binsOf(row)[parts[2][i]] += counts[i];
}
return;
}
const { parts, counts, count } = source.shares;
for (let i = 0; i < count; i++) {
const row = rows.get(head.shared[parts[0][i]]);
if (!row || !parts[4][i] || !this.has(parts[3][i]) || !this.isIn(parts[1][i])) continue;
if (query.endpoint != null && query.endpoint !== parts[2][i]) continue;
binsOf(row)[parts[4][i]] += counts[i];
}
}
percentile(bins, q, range) {
return bins ? this.source.histogram.percentile(bins, q, range) : null;
}
get range() {
const { head } = this.source, { query } = this;
const figures = query.endpoint != null ? head.endpoints[query.endpoint][2] : query.consumer != null ? head.consumers[query.consumer][2] : head.totals;
return [figures[3], figures[4]];
}
apdex(bins, number, figures) {
const { head } = this.source, { query } = this;
if (!bins) return null;
const total = this.source.histogram.total(bins);
if (!total) return null;
if (query.apdex == null && this.isWhole && figures && figures[7] != null) {
return { score: (figures[7] + figures[8] / 2) / total, isEstimate: false };
}
const own = query.apdex == null ? head.apdexOf[number] : null;
const [satisfied, tolerating, isEstimate] = this.source.histogram.apdexCounts(bins, own ?? query.apdex ?? head.apdex);
return { score: (satisfied + tolerating / 2) / total, isEstimate };
}
get totalApdex() {
const { head } = this.source, { query } = this;
if (query.endpoint != null) return this.apdex(this.bins, query.endpoint, head.endpoints[query.endpoint][2]);
if (query.apdex != null || !Object.keys(head.apdexOf).length || this.isUnfiltered) return this.apdex(this.bins, -1, head.totals);
if (!this.bins || !this.endpoints) return null;
let [sum, total, isEstimate] = [0, 0, false];
for (const row of this.endpoints) {
if (!row.bins) continue;
const counts = this.source.histogram.apdexCounts(row.bins, head.apdexOf[row.number] ?? head.apdex);
sum += counts[0] + counts[1] / 2;
isEstimate ||= counts[2];
total += this.source.histogram.total(row.bins);
}
return total === this.source.histogram.total(this.bins) && total ? { score: sum / total, isEstimate } : null;
}
}

"""##

  package static let charts = ##"""
const niceCeiling = (x) => {
const power = 10 ** Math.floor(Math.log10(x || 1));
for (const step of [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10]) if (step * power >= x && (step * power >= 2 || step === 1)) return step * power;
return 10 * power;
};
const STEPS = [10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2419200, 7862400, 31449600];
let paperWidth = null;
class TimeChart {
constructor(place, { height, left = 48, label, source, query, choose, announce }) {
Object.assign(this, { place, height, left, source, query, choose, announce });
this.right = 6;
this.top = 16;
this.bottom = 24;
this.width = paperWidth ?? Math.max(280, place.clientWidth || 680);
this.slots = source.head.slots;
this.svg = s('svg', { viewBox: `0 0 ${this.width} ${height}`, height, role: 'img', 'aria-label': label });
this.figure = h('div', { class: 'chart', tabindex: 0, role: 'group', 'aria-label': `${label}. Arrow keys read it, with Shift they choose a time, Enter filters by it.` });
this.figure.append(this.svg);
place.replaceChildren(this.figure);
this.label = label;
}
x(slot) {
return this.left + (slot * (this.width - this.left - this.right)) / this.slots;
}
get floor() {
return this.height - this.bottom;
}
gridline(y, text) {
this.svg.append(
s('line', { class: 'grid', x1: this.left, x2: this.width - this.right, y1: y, y2: y }),
s('text', { x: this.left - 8, y: y + 4, 'text-anchor': 'end' }, text));
}
timeAxis() {
const { head } = this.source, start = this.source.moment(0), end = this.source.moment(this.slots);
const most = Math.max(2, Math.floor((this.width - this.left) / 84));
const step = STEPS.find((step) => (end - start) / step <= most) ?? STEPS[STEPS.length - 1];
let free = -Infinity;
for (let moment = Math.ceil(start / step) * step; moment <= end; moment += step) {
const x = this.x((moment - start) / head.slot);
const isDay = moment % 86400 === 0;
const text = step >= 86400 || (isDay && end - start > 86400) ? dayText(moment) : clockText(moment, step < 60);
const room = text.length * 3.4;
if (x - room < free || x + room > this.width) continue;
free = x + room + 8;
this.svg.append(
s('line', { class: 'tick', x1: x, x2: x, y1: this.floor, y2: this.floor + 4 }),
s('text', { x, y: this.height - 6, 'text-anchor': 'middle' }, text));
}
}
bands() {
for (const { kind, from, to } of this.source.bands ?? []) {
this.svg.append(s('rect', { class: `band ${kind}`, x: this.x(from), width: Math.max(1.5, this.x(to) - this.x(from)), y: this.floor, height: 3 }));
}
}
shade() {
this.bands();
const { since, until } = this.query;
if (since === 0 && until === this.slots) return;
this.svg.append(s('rect', { class: 'chosen', x: this.x(since), width: this.x(until) - this.x(since), y: this.top, height: this.floor - this.top }));
for (const slot of [since, until]) this.svg.append(s('line', { class: 'edge', x1: this.x(slot), x2: this.x(slot), y1: this.top, y2: this.floor }));
}
marks(findings) {
const start = this.source.moment(0), { slot } = this.source.head;
let free = -Infinity;
findings.forEach((finding) => {
if (finding.since == null) return;
const x = this.x(Math.max(0, (finding.since - start) / slot));
if (finding.kind === 'gap') {
const end = this.x(Math.min(this.slots, (finding.until - start) / slot));
this.svg.append(s('rect', { class: 'gap', x, width: Math.max(2, end - x), y: this.top, height: this.floor - this.top }));
} else {
this.svg.append(s('line', { class: 'mark', x1: x, x2: x, y1: this.top, y2: this.floor }));
}
const at = Math.min(Math.max(x, free), this.width - 10);
free = at + 17;
this.svg.append(
s('circle', { class: 'badge', cx: at, cy: 8, r: 7.5 }),
s('text', { class: 'badge', x: at, y: 11.5, 'text-anchor': 'middle' }, String(finding.number)));
});
}
follow(columns, rows) {
const tip = h('div', { class: 'tip', 'aria-hidden': 'true' });
const cursor = s('line', { class: 'cursor', y1: this.top, y2: this.floor, visibility: 'hidden' });
const drag = s('rect', { class: 'drag', y: this.top, height: this.floor - this.top, visibility: 'hidden' });
this.svg.append(drag, cursor);
this.figure.append(tip);
const last = columns.length - 1;
const title = (i) => periodText(this.source.moment(columns[i].a), this.source.moment(columns[i].b));
const at = (event) => {
const box = this.svg.getBoundingClientRect();
const slot = (((event.clientX - box.left) / box.width) * this.width - this.left) / (this.x(1) - this.left);
const i = columns.findIndex((column) => slot < column.b);
return i < 0 ? last : i;
};
let from = null, place = null;
const show = (i) => {
place = i;
const x = this.x((columns[i].a + columns[i].b) / 2);
cursor.setAttribute('x1', x);
cursor.setAttribute('x2', x);
cursor.setAttribute('visibility', 'visible');
tip.replaceChildren(h('b', {}, title(i)), ...rows(i).map(([name, value]) => h('div', {}, h('span', {}, name), h('span', {}, value))));
tip.classList.add('on');
const scale = this.figure.clientWidth / this.width;
const left = x > this.width / 2 ? x * scale - tip.offsetWidth - 12 : x * scale + 12;
tip.style.left = `${Math.max(0, Math.min(this.figure.clientWidth - tip.offsetWidth, left))}px`;
tip.style.top = `${this.top + 4}px`;
};
const hide = () => {
tip.classList.remove('on');
cursor.setAttribute('visibility', 'hidden');
drag.setAttribute('visibility', 'hidden');
from = null;
};
const range = (i) => [columns[Math.min(from, i)].a, columns[Math.max(from, i)].b];
const paint = (i) => {
const [a, b] = range(i);
drag.setAttribute('x', this.x(a));
drag.setAttribute('width', this.x(b) - this.x(a));
drag.setAttribute('visibility', 'visible');
};
this.svg.addEventListener('pointermove', (event) => {
const i = at(event);
show(i);
if (from != null) paint(i);
});
this.svg.addEventListener('pointerdown', (event) => {
if (event.button) return;
from = at(event);
try {
this.svg.setPointerCapture(event.pointerId);
} catch {
}
});
this.svg.addEventListener('pointerup', (event) => {
const i = at(event), start = from;
if (start != null && start !== i) {
const chosen = range(i);
hide();
this.choose(...chosen);
}
from = null;
});
this.svg.addEventListener('pointercancel', hide);
this.svg.addEventListener('pointerleave', () => from == null && hide());
this.figure.addEventListener('blur', hide);
this.figure.addEventListener('keydown', (event) => {
const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -6, PageDown: 6, Home: -Infinity, End: Infinity }[event.key];
if (step != null) {
event.preventDefault();
const next = place == null ? (step > 0 && step < 9 ? 0 : last) : Math.max(0, Math.min(last, place + step));
if (event.shiftKey) from ??= place ?? next;
else if (from != null) hide();
show(next);
if (from != null) paint(next);
this.announce(`${title(next)}: ${rows(next).map(([name, value]) => `${name} ${value}`).join(', ')}`);
} else if (event.key === 'Enter' && place != null) {
event.preventDefault();
from ??= place;
const chosen = range(place);
hide();
this.choose(...chosen);
}
});
const details = h('details', { class: 'values' }, h('summary', {}, 'Values as a table'));
details.addEventListener('toggle', () => {
if (!details.open || details.children.length > 1) return;
details.append(h('div', { class: 'values' }, h('table', {},
h('caption', { class: 'sr' }, this.label),
h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Time (UTC)'), columns.length ? rows(0).map(([name]) => h('th', { scope: 'col' }, name)) : '')),
h('tbody', {}, columns.map((_, i) => h('tr', {}, h('th', { scope: 'row' }, title(i)), rows(i).map(([, value]) => h('td', {}, value))))))));
});
this.place.append(details);
}
}
const bars = (place, options, columns, parts) => {
const chart = new TimeChart(place, options);
const sums = columns.map((_, i) => parts.reduce((sum, part) => sum + part.counts[i], 0));
const most = niceCeiling(Math.max(1, ...sums));
const y = (count) => chart.floor - (count / most) * (chart.floor - chart.top);
for (const part of [0, 0.5, 1]) chart.gridline(y(most * part), most * part === Math.round(most * part) ? axisNumber(most * part) : '');
chart.shade();
for (const [k, part] of parts.entries()) {
let path = '';
columns.forEach((column, i) => {
if (!part.counts[i]) return;
const base = parts.slice(0, k).reduce((sum, other) => sum + other.counts[i], 0);
const left = chart.x(column.a), width = chart.x(column.b) - left, gap = width < 3 ? 0 : width > 14 ? 2 : 0.8;
const bottom = y(base), top = Math.min(bottom - 0.7, y(base + part.counts[i]));
path += `M${(left + gap / 2).toFixed(2)} ${bottom.toFixed(1)}V${top.toFixed(1)}h${(width - gap + (gap ? 0 : 0.2)).toFixed(2)}V${bottom.toFixed(1)}Z`;
});
chart.svg.append(s('path', { d: path, fill: `var(${part.color})` }));
}
chart.timeAxis();
if (options.findings) chart.marks(options.findings);
chart.follow(columns, (i) => parts.map((part) => [part.name, whole(part.counts[i])]));
return chart;
};
const joined = (columns, histogram) => {
const requests = columns.reduce((sum, column) => sum + histogram.total(column.bins), 0);
const step = Math.max(1, Math.min(Math.ceil((50 * columns.length) / Math.max(1, requests)), Math.floor(columns.length / 24)));
if (step === 1) return columns;
const wide = [];
columns.forEach((column, i) => {
if (i % step === 0) wide.push({ a: column.a, b: column.b, bins: column.bins.slice() });
else {
const last = wide[wide.length - 1];
last.b = column.b;
column.bins.forEach((count, bin) => (last.bins[bin] += count));
}
});
return wide;
};
const heatMap = (place, options, answer, threshold) => {
const { source } = answer, { histogram, head } = source, columns = joined(answer.columns, histogram);
const chart = new TimeChart(place, { ...options, left: 56 });
let lowest = head.bins, highest = 2;
for (const { bins } of columns) {
for (let i = 2; i < bins.length; i++) {
if (!bins[i]) continue;
lowest = Math.min(lowest, i);
highest = Math.max(highest, i);
}
}
if (lowest > highest) [lowest, highest] = [2, 2];
const requests = columns.reduce((sum, column) => sum + histogram.total(column.bins), 0);
const merge = 2 ** Math.max(0, head.scale - (requests < 150 * columns.length ? 2 : 3));
const low = Math.floor(histogram.steps[lowest] / merge) - 1, high = Math.floor(histogram.steps[highest] / merge) + 2;
const rows = high - low;
const edge = (row) => chart.floor - ((row - low) / rows) * (chart.floor - chart.top);
const y = (ms) => edge((Math.log2(Math.max(ms, 1e-6) / 1e3) * 2 ** head.scale) / merge);
const inside = (ms) => Math.max(chart.top, Math.min(chart.floor, y(ms)));
const ratio = Math.max(1, window.devicePixelRatio || 1);
const canvas = h('canvas', { 'aria-hidden': 'true' });
canvas.width = Math.round(chart.width * ratio);
canvas.height = Math.round(chart.height * ratio);
const context = canvas.getContext('2d');
context.scale(ratio, ratio);
const ends = Array.from({ length: rows }, (_, row) => {
const multiples = (edge) => Math.floor((2 ** ((edge * merge) / 2 ** head.scale) * 1e9 * (1 + 1e-12)) / head.resolution);
let end = row + 1;
while (end < rows && multiples(low + end) === multiples(low + end + 1)) end++;
return end;
});
const [from, to] = ['--heat-0', '--heat-1'].map((name) => token(name).split(',').map(Number));
for (const { a, b, bins } of columns) {
const cells = new Float64Array(rows);
for (let i = 2; i < bins.length; i++) if (bins[i]) cells[Math.floor(histogram.steps[i] / merge) - low] += bins[i];
const most = Math.max(...cells);
if (!most) continue;
const left = Math.round(chart.x(a) * ratio) / ratio, right = Math.round(chart.x(b) * ratio) / ratio;
for (let row = 0; row < rows; row++) {
if (!cells[row]) continue;
const part = 0.08 + 0.92 * Math.sqrt(cells[row] / most);
context.fillStyle = `rgb(${from.map((c, k) => Math.round(c + (to[k] - c) * part)).join(',')})`;
const top = Math.round(edge(low + ends[row]) * ratio) / ratio, bottom = Math.round(edge(low + row) * ratio) / ratio;
context.fillRect(left, top, right - left, bottom - top);
}
}
chart.figure.prepend(canvas);
chart.svg.classList.add('over');
const decade = y(1) - y(10), between = decade > 150 ? [1, 2, 5] : decade > 70 ? [1, 3] : [1];
for (let power = 1e-6; power <= 1e6; power *= 10) {
for (const part of between) {
const at = y(power * part);
if (at >= chart.top + 4 && at <= chart.floor - 8) chart.gridline(at, axisDuration(power * part));
}
}
chart.shade();
const quantiles = [['p50', 0.5], ['p95', 0.95], ['p99', 0.99]];
let labels = [];
for (const [name, q] of quantiles) {
let path = '', isPen = false, end = null;
for (const { a, b, bins } of columns) {
const value = histogram.percentile(bins, q);
if (value == null) {
isPen = false;
continue;
}
end = [chart.x((a + b) / 2), inside(value)];
path += `${isPen ? 'L' : 'M'}${end[0].toFixed(1)} ${end[1].toFixed(1)}`;
if (!isPen) path += 'h0.1';
isPen = true;
}
chart.svg.append(s('path', { class: 'halo', d: path }), s('path', { class: `line ${name}`, d: path }));
if (end) labels.push({ name, x: end[0], y: end[1] });
}
const atThreshold = y(threshold);
if (atThreshold >= chart.top && atThreshold <= chart.floor) {
chart.svg.append(
s('line', { class: 'threshold', x1: chart.left, x2: chart.width - chart.right, y1: atThreshold, y2: atThreshold }),
s('text', { class: 'direct', x: chart.left + 4, y: atThreshold - 4 }, `Apdex T ${durationText(threshold)}`));
}
labels.sort((one, other) => one.y - other.y);
labels.forEach((label, i) => {
label.y -= 5;
if (i && label.y < labels[i - 1].y + 13) label.y = labels[i - 1].y + 13;
chart.svg.append(s('text', { class: 'direct', x: Math.min(label.x, chart.width - chart.right) - 2, y: label.y, 'text-anchor': 'end' }, label.name));
});
chart.timeAxis();
chart.follow(columns, (i) => [
['requests', whole(histogram.total(columns[i].bins))],
...[['p50', 0.5], ['p75', 0.75], ['p95', 0.95], ['p99', 0.99]].map(([name, q]) => [name, durationText(histogram.percentile(columns[i].bins, q), head.resolution / 1e6)]),
]);
return chart;
};
const spark = (values, color = '--ok', { width = 104, height = 22, floor = 0 } = {}) => {
if (!values || values.length < 2) return null;
const known = [...values].filter((value) => value != null);
if (!known.length) return null;
const most = Math.max(...known);
let least = floor ?? Math.min(...known) - (most - Math.min(...known)) * 0.25 - 1e-9;
const y = (value) => (most > least ? height - 2 - ((value - least) / (most - least)) * (height - 4) : height - 2);
let line = '', area = '', isPen = false, last = 0;
values.forEach((value, i) => {
const x = (i * width) / (values.length - 1);
if (value == null) {
if (isPen) area += `L${last.toFixed(1)} ${height}Z`;
isPen = false;
return;
}
const point = `${x.toFixed(1)} ${y(value).toFixed(1)}`;
line += (isPen ? 'L' : 'M') + point;
area += isPen ? 'L' + point : `M${x.toFixed(1)} ${height}L${point}`;
[isPen, last] = [true, x];
});
if (isPen) area += `L${last.toFixed(1)} ${height}Z`;
return s('svg', { class: 'spark', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
s('path', { d: area, fill: `var(${color})`, opacity: 0.16 }),
s('path', { d: line, fill: 'none', stroke: `var(${color})`, 'stroke-width': 1.4, 'stroke-linejoin': 'round', 'vector-effect': 'non-scaling-stroke' }));
};
const rangePicture = ([p50, p95, p99], axis) => {
if (p50 == null) return null;
const width = 150, [low, high] = axis.map((ms) => Math.log10(ms));
const x = (ms) => 5 + ((Math.log10(Math.max(ms, axis[0])) - low) / (high - low || 1)) * (width - 10);
const picture = s('svg', { class: 'range', viewBox: `0 0 ${width} 20`, 'aria-hidden': 'true' });
for (let ms = 1e-3; ms <= 1e6; ms *= 10) if (ms >= axis[0] && ms <= axis[1]) picture.append(s('line', { class: 'grid', x1: x(ms), x2: x(ms), y1: 1, y2: 19 }));
picture.append(
s('line', { x1: x(p50), x2: x(p99), y1: 10, y2: 10, stroke: 'var(--ok)', 'stroke-width': 1.2 }),
s('line', { x1: x(p50), x2: x(p95), y1: 10, y2: 10, stroke: 'var(--ok)', 'stroke-width': 5, 'stroke-linecap': 'round', opacity: 0.75 }),
s('line', { x1: x(p99), x2: x(p99), y1: 6, y2: 14, stroke: 'var(--ok)', 'stroke-width': 1.6 }),
s('circle', { cx: x(p50), cy: 10, r: 3.6, fill: 'var(--ink)' }));
return picture;
};
const rangeAxis = (rows) => {
const values = rows.flatMap((row) => [row.p50, row.p99]).filter((value) => value > 0);
if (!values.length) return [1, 10];
const low = 10 ** Math.floor(Math.log10(Math.min(...values)) + 1e-9), high = 10 ** Math.ceil(Math.log10(Math.max(...values)) - 1e-9);
return [low, Math.max(high, low * 10)];
};

"""##

  package static let tables = ##"""
const table = (place, { id, caption, columns, rows, top = 12, sort, state, redraw, isChosen, choose, empty }) => {
const order = state.sort[id] ?? { key: sort, isDescending: true };
const column = columns.find((column) => column.key === order.key) ?? columns[0];
const rank = (row) => {
const value = column.value ? column.value(row) : row[column.key];
return value == null || Number.isNaN(value) ? null : value;
};
const compared = (one, other) => {
const [x, y] = [rank(one), rank(other)];
if (x == null || y == null) return (x == null) - (y == null);
const difference = typeof x === 'string' ? (x < y ? -1 : x > y ? 1 : 0) : x - y;
return order.isDescending ? -difference : difference;
};
const sorted = [...rows].sort((one, other) => compared(one, other) || other.n - one.n || one.number - other.number);
const isOpen = state.open[id] || sorted.length <= top + 2;
const shown = isOpen ? sorted : sorted.slice(0, top);
const sortBy = (column) => {
const isSame = order.key === column.key;
state.sort[id] = { key: column.key, isDescending: isSame ? !order.isDescending : column.key !== 'name' };
redraw();
$(place.id)?.querySelector(`[data-sort="${column.key}"]`)?.focus();
};
const head = columns.map((column) => {
const isSorted = column.key === order.key;
const mark = isSorted ? (order.isDescending ? ' ↓' : ' ↑') : '';
return h('th', { scope: 'col', class: `leaves-${column.leaves ?? 0}`, 'aria-sort': isSorted ? (order.isDescending ? 'descending' : 'ascending') : column.fixed ? null : 'none' },
column.fixed ? h('span', {}, column.title) : h('button', { type: 'button', 'data-sort': column.key, on: { click: () => sortBy(column) } }, column.title + mark));
});
const body = shown.map((row) => {
const isThis = isChosen?.(row);
return h('tr', { class: `${choose ? 'pick' : ''} ${isThis ? 'this' : ''}`, on: choose ? { click: () => choose(row) } : null },
columns.map((column, i) => {
const attributes = { class: `leaves-${column.leaves ?? 0}` };
if (i) return h('td', attributes, column.cell(row));
const name = column.cell(row);
return h('th', { ...attributes, scope: 'row' }, choose ? h('button', { type: 'button', class: 'name', 'aria-pressed': isThis ? 'true' : 'false' }, name) : h('span', { class: 'name' }, name));
}));
});
place.replaceChildren(
rows.length
? h('table', {}, h('caption', { class: 'sr' }, caption), h('thead', {}, h('tr', {}, head)), h('tbody', {}, body))
: note(empty ?? 'Nothing under this filter.'));
if (sorted.length > top + 2) {
place.append(h('button', { type: 'button', class: 'more', on: { click: () => { state.open[id] = !state.open[id]; redraw(); } } },
isOpen ? 'Show fewer' : `Show all ${whole(sorted.length)}`));
}
};
const shareCell = (part, n, all, allN, color) => {
if (!part) return h('span', { class: 'soft' }, '0');
const rate = all / allN;
const isHigh = allN > n && part / n >= 1.5 * rate && (part - n * rate) / Math.sqrt(n * rate * (1 - rate) + 1e-9) > 4;
return h('span', { class: isHigh ? color : null }, isHigh ? '▲ ' : '', shareText(part, n));
};

"""##

  package static let views = ##"""
const okName = (head) => (head.statuses.some((status) => status < 200 || status >= 600) ? 'other' : '2xx, 3xx');
const kinds = (head) => [
{ name: okName(head), color: '--ok' },
{ name: '4xx', color: '--warn' },
{ name: '5xx', color: '--bad' },
];
const legend = (...parts) => h('div', { class: 'legend' }, parts.map(([color, name]) => h('span', {}, h('i', { class: `key ${color.slice(2)}` }), name)));
const bandLegend = (source) => [...new Set((source.bands ?? []).map((band) => band.kind))].map((kind) => [`--${kind}`, kind]);
const card = (title, aside, ...children) =>
h('div', { class: 'card' }, h('div', { class: 'head' }, title ? h('h2', {}, title) : '', aside), children);
const parted = (values, since, until) => {
const { step, parts } = partsOf(until - since), means = new Float64Array(parts);
for (let slot = since; slot < until; slot++) {
const part = Math.floor((slot - since) / step);
means[part] += values[slot] / Math.min(step, until - since - part * step);
}
return means;
};
const columnsIn = (answer) => answer.columns?.filter((column) => column.a >= answer.query.since && column.b <= answer.query.until);
const partedBins = (answer) => {
const columns = columnsIn(answer);
if (!columns?.length) return null;
const { step, parts } = partsOf(columns.length);
const bins = Array.from({ length: parts }, () => answer.newBins());
columns.forEach((column, i) => {
const sum = bins[Math.floor(i / step)];
for (let bin = 0; bin < sum.length; bin++) sum[bin] += column.bins[bin];
});
return bins;
};
const tiles = (context) => {
const { answer, source, state } = context, { head } = source, { query } = answer;
const { since, until } = query;
const tile = (label, value, aside, trend) =>
h('div', { class: 'tile' }, h('div', { class: 'label' }, label), h('div', { class: 'value' }, value, h('small', {}, aside || '\u00a0')), trend ?? h('div', { class: 'spark' }));
const seconds = answer.isAll && head.last != null ? (head.last - head.first) / 1e3 : (until - since) * head.slot;
const [unit, length] = [['min', 60], ['h', 3600], ['d', 86400]].find(([, length]) => (answer.n / seconds) * length >= 1) ?? ['d', 86400];
const rate = (answer.n / seconds) * length;
const all = answer.series && parted(answer.series[0].map((_, t) => answer.series.reduce((sum, part) => sum + part[t], 0)), since, until);
const share = (kind) => all && query.status == null ? [...parted(answer.series[kind], since, until)].map((part, i) => (all[i] ? part / all[i] : null)) : null;
const errors = (kind, label, count, color) => {
if (query.status != null && query.status !== kind) return tile(label, '–', 'filtered out');
if (query.status === kind) return tile(label, count == null ? '–' : compact(count), 'all that is shown');
return tile(label, answer.n == null ? '–' : shareText(count, answer.n), answer.n == null ? '' : whole(count), spark(share(kind), color));
};
const list = [
tile('Requests', answer.n == null ? '–' : compact(answer.n), answer.n != null && seconds >= 1 ? `${rate < 100 ? rate.toFixed(1) : whole(rate)} / ${unit}` : '', spark(all, '--ok')),
errors(1, 'Client errors, 4xx', answer.e4, '--warn'),
errors(2, 'Server errors, 5xx', answer.e5, '--bad'),
];
if (head.coverage.durations) {
const resolution = head.resolution / 1e6, bins = partedBins(answer);
const apdex = answer.totalApdex, T = query.apdex ?? (query.endpoint != null ? head.apdexOf[query.endpoint] : null) ?? head.apdex;
const ownT = query.apdex == null && query.endpoint == null && Object.keys(head.apdexOf).length ? ', by endpoint' : '';
list.push(
tile('p95', durationText(answer.percentile(answer.bins, 0.95, answer.range), resolution), answer.bins ? `p50 ${durationText(answer.percentile(answer.bins, 0.5, answer.range), resolution)}` : 'not kept',
bins && spark(bins.map((part) => answer.percentile(part, 0.95)), '--ok')),
tile('Apdex', apdex ? `${apdex.isEstimate ? '≈ ' : ''}${apdex.score.toFixed(3)}` : '–', apdex || answer.bins ? `T ${durationText(T)}${ownT}` : 'not kept',
bins && !ownT && spark(bins.map((part) => { const own = source.histogram.total(part); if (!own) return null; const [yes, half] = source.histogram.apdexCounts(part, T); return (yes + half / 2) / own; }), '--ok', { floor: null })));
} else {
list.push(tile('p95', '–', 'no durations in the log'), tile('Endpoints', answer.endpoints ? whole(answer.endpoints.filter((row) => row.n).length) : '–', `of ${whole(head.endpoints.length)}`));
}
list.push(lastTile(context, tile));
$('tiles').replaceChildren(...list);
};
const lastTile = ({ answer, source }, tile) => {
const { head } = source, { query } = answer;
if (query.consumer != null || !head.coverage.consumers) {
const used = answer.endpoints?.filter((row) => row.n).length;
if (!head.coverage.consumers && head.coverage.durations) return tile('Endpoints', whole(used), `of ${whole(head.endpoints.length)}`);
if (query.consumer == null) return tile('Consumers', '–', 'no field names them');
return tile('Endpoints', used == null ? '–' : whole(used), used == null ? '' : `of ${whole(head.endpoints.length)}`);
}
const active = answer.activeConsumers ?? answer.consumers.filter((row) => row.n && head.consumers[row.number][0] != null && !head.consumers[row.number][1]).length;
const isLeast = head.mergedConsumers > 0 || answer.missing.has('consumers');
const value = answer.isUnfiltered ? whole(head.namedConsumers) : `${isLeast ? '≥ ' : ''}${whole(active)}`;
const days = isLeast ? null : answer.audience?.filter((day) => day.a >= query.since && day.b <= query.until);
return tile('Consumers', value, answer.isUnfiltered ? '' : `of ${whole(head.namedConsumers)}`, days && spark(days.map((day) => day.known + day.fresh), '--ok'));
};
const endpointRows = (context) => {
const { answer, source } = context, { head } = source;
return (answer.endpoints ?? []).filter((row) => row.n).map((row) => {
const [method, route, figures] = head.endpoints[row.number], range = [figures[3], figures[4]];
return withTimes(context, { ...row, name: `${route} ${method}` }, range, figures, row.number);
});
};
const consumerRows = (context) => {
const { answer, source } = context, { head } = source;
answer.addDurationsOfConsumers();
return answer.consumers.filter((row) => row.n).map((row) => {
const figures = head.consumers[row.number][2];
return withTimes(context, { ...row, name: consumerText(head.consumers[row.number]), first: figures[0], last: figures[1] }, [figures[3], figures[4]], null, -1);
});
};
const withTimes = ({ answer, source }, row, range, figures, number) => {
const { bins } = row;
const [p50, p95, p99] = bins ? source.histogram.percentiles(bins, [0.5, 0.95, 0.99], range) : [null, null, null];
if (!figures) return { ...row, p50, p95, p99 };
const apdex = answer.apdex(bins, number, figures);
const isExactSum = answer.isWhole;
const time = isExactSum ? figures[2] : bins ? source.histogram.sum(bins) : null;
return { ...row, p50, p95, p99, apdex, time, isExactSum };
};
const timeText = (row) => (row.time == null ? '–' : `${row.isExactSum ? '' : '≈ '}${row.time >= 3.6e6 ? `${(row.time / 3.6e6).toFixed(1)} h` : row.time >= 6e4 ? `${(row.time / 6e4).toFixed(1)} min` : `${(row.time / 1e3).toFixed(1)} s`}`);
const columnOf = (context, rows) => {
const { answer, source } = context, { head } = source, resolution = head.resolution / 1e6;
const duration = (key, title, leaves) => ({ key, title, leaves, cell: (row) => durationText(row[key], resolution) });
const axis = rangeAxis(rows);
return {
endpoint: { key: 'name', title: 'Endpoint', cell: (row) => endpointName(head.endpoints[row.number]) },
consumer: { key: 'name', title: 'Consumer', cell: (row) => consumerName(head.consumers[row.number]) },
trend: { key: 'trend', title: 'Trend', fixed: true, leaves: 1, cell: (row) => spark(row.trend) },
requests: { key: 'n', title: answer.query.status == null ? 'Requests' : `Requests, ${kinds(head)[answer.query.status].name}`, cell: (row) => whole(row.n) },
share: { key: 'share', title: 'Share', leaves: 3, value: (row) => row.n, cell: (row) => shareText(row.n, answer.n ?? 0) },
e4: { key: 'e4', title: '4xx', leaves: 4, value: (row) => row.e4 / row.n, cell: (row) => shareCell(row.e4, row.n, answer.e4, answer.n, 'warn') },
e5: { key: 'e5', title: '5xx', leaves: 6, value: (row) => row.e5 / row.n, cell: (row) => shareCell(row.e5, row.n, answer.e5, answer.n, 'bad') },
p50: duration('p50', 'p50', 4),
p95: duration('p95', 'p95'),
p99: duration('p99', 'p99', 5),
picture: { key: 'range', title: axis.map(axisDuration).join(' – '), leaves: 2, fixed: true, cell: (row) => rangePicture([row.p50, row.p95, row.p99], axis) },
apdex: { key: 'apdex', title: 'Apdex', leaves: 3, value: (row) => row.apdex?.score, cell: (row) => (row.apdex ? `${row.apdex.isEstimate ? '≈ ' : ''}${row.apdex.score.toFixed(3)}` : '–') },
time: { key: 'time', title: 'Time in all', leaves: 4, cell: timeText },
sent: { key: 'sent', title: 'Bytes out', leaves: 2, cell: (row) => bytesText(row.sent) },
group: { key: 'group', title: 'Group', leaves: 3, value: (row) => head.consumers[row.number][4], cell: (row) => groupCell(context, head.consumers[row.number][4]) },
};
};
const groupCell = ({ state, set }, group) =>
group == null ? '' : h('button', { type: 'button', class: 'link', 'aria-label': `Filter by the group ${group}`, on: { click: (event) => { event.stopPropagation(); set({ group: state.group === group ? null : group }); } } }, nameText(group));
const fitting = (context, columns, names) => {
const { head } = context.source, { query } = context.answer;
return names.filter((name) => {
if (['p50', 'p95', 'p99', 'picture', 'apdex', 'time'].includes(name)) return head.coverage.durations > 0;
if (['e4', 'e5'].includes(name)) return query.status == null;
if (name === 'sent') return context.answer.hasBytes;
if (name === 'group') return head.hasGroups;
return true;
}).map((name) => columns[name]);
};
const endpointTable = (context, place, id, names, sort) => {
const { answer, state, redraw, set } = context, rows = endpointRows(context);
if (!answer.endpoints) {
place.replaceChildren(note('The requests of this consumer are kept by endpoint for the whole time only.', 'Show the whole time', () => set({ since: 0, until: context.source.head.slots })));
return;
}
table(place, {
id, rows, state, redraw, sort, caption: 'Endpoints', columns: fitting(context, columnOf(context, rows), names),
isChosen: (row) => row.number === state.endpoint,
choose: (row) => set({ endpoint: state.endpoint === row.number ? null : row.number }),
});
};
const durationNote = ({ answer, source, set }) => {
const { head } = source, { missing } = answer;
if (!head.coverage.durations) return note('The log has no durations, so there are no percentiles and no Apdex.');
if (missing.has('classes')) return note('This report does not know durations by class of status.', 'Show all statuses', () => set({ status: null }));
if (missing.has('endpoint classes')) return note('So that the page stays small, it does not know durations of endpoints by class of status.', 'Show all statuses', () => set({ status: null }));
if (missing.has('durations')) return note('For this consumer, durations are kept for all its endpoints and the whole time only.', 'Show that', () => set({ since: 0, until: head.slots, endpoint: null }));
if (missing.has('groups')) {
const size = spanText(head.group * head.slot);
const since = source.groups.findLast((group) => group.a <= answer.query.since).a, until = source.groups.find((group) => group.b >= answer.query.until).b;
return note(`Durations by endpoint are kept in parts of ${size}, and the chosen time is not made of these.`, `Choose ${periodText(source.moment(since), source.moment(until))}`, () => set({ since, until }));
}
return '';
};
const timeOptions = ({ source, answer, set, announce }, label, height, findings) => ({
height, label, source, announce,
findings: findings?.map((finding, i) => ({ ...finding, number: i + 1 })).filter(({ kind, endpoint, consumer }) =>
kind === 'gap' || ((answer.query.endpoint == null || endpoint === answer.query.endpoint) && (answer.query.consumer == null || consumer === answer.query.consumer))), query: answer.query, choose: (since, until) => set({ since, until }),
});
const slotColumns = (source) => Array.from({ length: source.head.slots }, (_, a) => ({ a, b: a + 1 }));
const traffic = (context, place, parts, label, height) => {
const { answer, source, set } = context;
if (!answer.series) {
place.replaceChildren(note('The requests of this consumer to this endpoint are kept for the whole time only, so there is no chart over time.', 'Show all its endpoints', () => set({ endpoint: null })));
return;
}
const names = kinds(source.head);
bars(place, timeOptions(context, label, height, source.head.findings), slotColumns(source), parts.map((kind) => ({ ...names[kind], counts: answer.series[kind] })));
};
const overview = (context) => {
const { answer, source } = context, names = kinds(source.head);
const chart = h('div'), found = h('ul', { class: 'findings' }), statuses = h('div', { class: 'statuses' }), list = h('div', { id: 'overview-endpoints' });
const hasRoom = source.head.findings.length < 3 && source.head.coverage.consumers && answer.query.consumer == null;
const stands = source.head.looked == null ? null : card('What stands out', answer.isUnfiltered ? null : h('small', {}, source.foundIn ?? 'in the whole log'), found);
const heavy = hasRoom ? card('Consumers', h('small', {}, 'those with the most requests'), h('div', { id: 'overview-consumers' })) : null;
$('view-overview').replaceChildren(
card('Requests', legend(...names.map((kind) => [kind.color, kind.name]), ...(source.head.findings.some((finding) => finding.since != null) ? [['--mark', 'number: see what stands out']] : []), ...bandLegend(source)), chart),
h('div', { class: 'two' }, h('div', { class: 'stack' }, stands, heavy, source.beside?.(context)), card('Status codes', h('small', {}, 'bars are logarithmic'), statuses)),
card('Endpoints', source.head.coverage.durations ? h('small', {}, '● p50, bar to p95, whisker to p99') : null, list));
if (heavy) heaviestConsumers(context, heavy.lastChild);
traffic(context, chart, [0, 1, 2], 'Requests over time', 230);
if (stands) findings(context, found);
statusBars(context, statuses);
endpointTable(context, list, 'overview', ['endpoint', 'trend', 'requests', 'e4', 'e5', 'picture', 'p50', 'p95', 'apdex', 'time'], 'n');
};
const heaviestConsumers = (context, place) => {
const { answer, state, redraw, set } = context, rows = answer.consumers.filter((row) => row.n).map((row) => ({ ...row, name: consumerText(context.source.head.consumers[row.number]) }));
rows.sort((one, other) => other.n - one.n);
table(place, {
id: 'overview-consumers', rows: rows.slice(0, context.source.head.looked == null ? 8 : 5), state, redraw, sort: 'n', caption: 'Consumers with the most requests', columns: fitting(context, columnOf(context, []), ['consumer', 'trend', 'requests', 'share', 'e4', 'e5']),
isChosen: (row) => row.number === state.consumer, choose: (row) => set({ consumer: row.number }),
});
};
const findings = ({ source, set }, place) => {
const { head } = source;
const marks = { gap: '▽', 'endpoint-change': '◢', 'consumer-errors': '▲', 'new-consumer': '+' };
const prove = (finding) => {
const slot = (moment) => (moment - source.moment(0)) / head.slot;
const filter = { since: 0, until: head.slots, endpoint: finding.endpoint, consumer: finding.consumer, status: null };
if (finding.kind === 'gap') {
const [a, b] = [Math.floor(slot(finding.since)), Math.ceil(slot(finding.until))], room = Math.max(3, b - a);
Object.assign(filter, { since: Math.max(0, a - room), until: Math.min(head.slots, b + room) });
}
const view = { gap: 'overview', 'endpoint-change': head.coverage.durations ? 'performance' : 'errors', 'consumer-errors': 'errors', 'new-consumer': 'consumers' }[finding.kind];
set({ ...filter, view });
};
const items = head.findings.map((finding, i) => h('li', {}, h('button', { type: 'button', on: { click: () => prove(finding) } },
h('span', { class: `sign ${finding.kind === 'new-consumer' ? '' : finding.kind === 'consumer-errors' ? 'warn' : 'bad'}`, 'aria-hidden': 'true' }, marks[finding.kind]),
h('span', { class: 'what' }, nameText(finding.name), finding.since == null ? '' : h('span', { class: 'number' }, String(i + 1))), h('span', { class: 'text' }, finding.text))));
if (head.foundInAll > items.length) items.push(h('li', {}, note(`and ${whole(head.foundInAll - items.length)} more, in the JSON`)));
if (!items.length) items.push(h('li', {}, note(head.looked ? 'Nothing stands out: no gap, no endpoint or consumer differs from itself or the rest beyond chance.' : source.unlooked ?? 'Not looked for.')));
place.replaceChildren(...items);
};
const statusBars = ({ answer, source, set, state }, place) => {
const names = kinds(source.head);
let rows;
if (answer.statuses) {
rows = [...answer.statuses].map(([status, n]) => ({ name: String(status), n, kind: status >= 400 && status < 500 ? 1 : status >= 500 && status < 600 ? 2 : 0 }));
} else if (answer.n != null) {
rows = [answer.n - answer.e4 - answer.e5, answer.e4, answer.e5].map((n, kind) => ({ name: names[kind].name, n, kind })).filter((row) => row.n);
}
if (!rows?.length) {
place.replaceChildren(note(answer.n == null ? 'Not kept for this consumer, endpoint and time together.' : 'No requests under this filter.'));
return;
}
rows.sort((one, other) => other.n - one.n);
const most = Math.log10(rows[0].n + 1), shown = rows.slice(0, 10);
place.replaceChildren(...shown.map((row) => h('button', { type: 'button', class: 'status', 'aria-pressed': state.status === row.kind ? 'true' : 'false', title: `Only ${names[row.kind].name}`, on: { click: () => set({ status: state.status === row.kind ? null : row.kind }) } },
h('span', {}, row.name), h('span', { class: 'track' }, h('span', { class: `fill ${names[row.kind].color.slice(2)}`, css: { width: `${Math.max(1, (Math.log10(row.n + 1) / most) * 100)}%` } })), h('span', { class: 'count' }, whole(row.n)))));
if (rows.length > shown.length) place.append(note(`and ${whole(rows.slice(10).reduce((sum, row) => sum + row.n, 0))} requests with ${counted(rows.length - 10, 'other code')}`));
if (!answer.statuses) place.append(note('By consumer, only classes of status are kept.'));
};
const errors = (context) => {
const { answer, source, state, redraw, set } = context, { head } = source, names = kinds(head);
const chart = h('div'), list = h('div', { id: 'errors-list' });
$('view-errors').replaceChildren(card('Errors', legend([names[1].color, '4xx'], [names[2].color, '5xx']), chart), card('By status and endpoint', null, list));
traffic(context, chart, [1, 2], 'Errors over time', 200);
if (!answer.errors) {
endpointTable(context, list, 'errors', ['endpoint', 'requests', 'e4', 'e5'], answer.query.status == null ? 'e5' : 'n');
return;
}
const of = new Map((answer.endpoints ?? []).map((row) => [row.number, row]));
const rows = [...answer.errors.values()].filter((row) => row.n).map((row) => ({ ...row, number: row.endpoint, kind: row.status < 10 ? row.status : row.status < 500 ? 1 : 2, all: of.get(row.endpoint)?.n }));
const status = (row) => h('span', { class: row.kind === 1 ? 'warn' : 'bad' }, row.status < 10 ? names[row.status].name : String(row.status));
const columns = [
{ key: 'name', title: 'Endpoint', value: (row) => endpointText(head.endpoints[row.number]), cell: (row) => endpointName(head.endpoints[row.number]) },
{ key: 'status', title: 'Status', cell: status },
{ key: 'trend', title: 'Trend', fixed: true, leaves: 2, cell: (row) => spark(row.trend, row.kind === 1 ? '--warn' : '--bad') },
{ key: 'n', title: 'Requests', cell: (row) => whole(row.n) },
{ key: 'share', title: 'Of its requests', leaves: 3, value: (row) => row.n / row.all, cell: (row) => shareText(row.n, row.all) },
{ key: 'last', title: 'Last seen', leaves: 4, cell: (row) => periodText(source.moment(row.last), source.moment(row.last + 1)) },
].filter((column) => column.key !== 'share' || answer.query.status == null);
table(list, { id: 'errors', rows, columns, state, redraw, sort: 'n', caption: 'Errors by status and endpoint', top: 20, empty: 'No errors under this filter.', isChosen: (row) => row.number === state.endpoint, choose: (row) => set({ endpoint: state.endpoint === row.number ? null : row.number }) });
};
const performanceView = (context) => {
const { answer, source, state, set } = context, { head } = source;
const threshold = answer.query.apdex ?? head.apdexOf[answer.query.endpoint] ?? head.apdex;
const chart = h('div'), list = h('div', { id: 'performance-list' });
const field = h('input', { id: 'apdex', type: 'number', min: 1, step: 50, inputmode: 'numeric', value: threshold, on: { change: (event) => set({ apdex: +event.target.value > 0 ? +event.target.value : null }) } });
$('view-performance').replaceChildren(
card('Response times', h('div', { class: 'legend' }, h('span', {}, 'stronger colour: more of the requests took so long'), h('label', {}, 'Apdex T ', field, ' ms')), chart),
card('By endpoint', h('small', {}, '● p50, bar to p95, whisker to p99'), durationNote(context), list));
if (answer.columns) heatMap(chart, timeOptions(context, 'Distribution of response times over time', 320), answer, threshold);
else if (answer.missing.has('durations over time')) {
chart.replaceChildren(distribution(answer), note('For this consumer, durations are kept for the whole time and all its endpoints together: this is their distribution.'));
} else chart.replaceChildren(durationNote(context) || note('No durations under this filter.'));
endpointTable(context, list, 'performance', ['endpoint', 'picture', 'requests', 'p50', 'p95', 'p99', 'apdex', 'time', 'sent'], head.coverage.durations ? 'time' : 'n');
};
const distribution = (answer) => {
const { histogram, head } = answer.source, width = 680, height = 160;
let low = head.bins, high = 0;
answer.bins.forEach((n, i) => { if (i > 1 && n) [low, high] = [Math.min(low, i), Math.max(high, i)]; });
const most = Math.max(...answer.bins.subarray(2));
const x = (i) => ((i - low) * width) / (high - low + 1);
const picture = s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'Distribution of response times' });
let path = '';
for (let i = low; i <= high; i++) if (answer.bins[i]) path += `M${x(i).toFixed(1)} 136v-${((answer.bins[i] / most) * 130).toFixed(1)}h${Math.max(0.5, x(1) - x(0) - 0.5).toFixed(2)}V136Z`;
picture.append(s('path', { d: path, fill: 'var(--ok)' }));
let free = 0;
for (let i = low; i <= high; i++) {
if (x(i) < free) continue;
picture.append(s('text', { x: x(i), y: 154 }, durationText(histogram.least[i])));
free = x(i) + 90;
}
return h('div', { class: 'chart' }, picture);
};
const consumersView = (context) => {
const { answer, source, state, redraw, set } = context, { head } = source, place = $('view-consumers');
if (!head.coverage.consumers) {
place.replaceChildren(card('Consumers', null, note(head.noConsumers ?? 'No request names its consumer. Run the analysis with --consumer and the field that does; backtally inspect shows which could.')));
return;
}
const chart = h('div'), list = h('div', { id: 'consumers-list' });
const unit = source.isByDay ? 'Consumers a day' : 'Consumers over time';
if (answer.query.consumer != null) {
place.replaceChildren(card('Its requests', legend(...kinds(head).map((kind) => [kind.color, kind.name])), chart), card('This consumer', null, list), card('Its endpoints', null, h('div', { id: 'consumers-endpoints' })));
traffic(context, chart, [0, 1, 2], 'Requests of the consumer over time', 200);
endpointTable(context, $('consumers-endpoints'), 'consumer-endpoints', ['endpoint', 'trend', 'requests', 'share', 'e4', 'e5', 'p95'], 'n');
} else {
place.replaceChildren(card(unit, legend(['--ok', 'known'], ['--good', 'new since the first day']), chart), card('By consumer', null, list));
activity(context, chart, unit);
}
const rows = consumerRows(context), columns = columnOf(context, rows);
const day = (key, title, leaves) => ({ key, title, leaves, cell: (row) => (key === 'first' && row.first < head.firstDayEnd ? h('span', { class: 'soft' }, 'from the start') : head.seenByDay || head.slots * head.slot > 2 * 86400 ? dayText(row[key]) : clockText(row[key])) });
const named = fitting(context, columns, ['consumer', 'group', 'trend', 'requests', 'share', 'e4', 'e5', 'picture', 'p95']).filter((column) => column.key !== 'share' || answer.query.consumer == null);
if (answer.isAll && answer.query.endpoint == null && answer.query.status == null) named.push(day('first', 'First seen', 3), day('last', 'Last seen', 4));
table(list, { id: 'consumers', rows, columns: named, state, redraw, sort: 'n', top: 20, caption: 'Consumers', isChosen: (row) => row.number === state.consumer, choose: (row) => set({ consumer: state.consumer === row.number ? null : row.number }) });
if (answer.missing.has('consumers')) list.append(note(`By endpoint and time together, only the requests of ${counted(head.shared.length, 'consumer')} with many requests are kept.`));
if (head.mergedConsumers) list.append(note(`${counted(head.mergedConsumers, 'consumer')} with few requests are counted together.`));
};
const activity = (context, place, unit) => {
const { answer, set } = context;
const { audience } = answer;
if (!audience) {
place.replaceChildren(note('Which consumers called an endpoint is kept for the whole time only.', 'Show all endpoints', () => set({ endpoint: null })));
return;
}
bars(place, timeOptions(context, unit, 190), audience, [
{ name: 'known', counts: audience.map((column) => column.known), color: '--ok' },
{ name: 'new', counts: audience.map((column) => column.fresh), color: '--good' },
]);
};
const compareView = (context) => {
const { answer, source, set } = context, { head } = source, { comparison } = head, place = $('view-compare');
if (!comparison) {
place.replaceChildren(card('Compare', null, note('The log is too short to be compared with itself. Name two logs with --compare, or a moment with --compare-at.')));
return;
}
const { query } = answer;
if (!answer.isAll || query.consumer != null || query.status != null) {
place.replaceChildren(card('Compare', null, note('The comparison is of the whole time, all consumers and all statuses, and cannot be filtered by these.', 'Show it without these filters', () => set({ since: 0, until: head.slots, consumer: null, status: null }))));
return;
}
const timed = (side) => ({ ...side, time: side.first == null ? 'nothing' : periodText(Math.floor(Math.max(side.first, head.first) / 1e3), Math.ceil((Math.min(side.last, head.last) + 1e-3) / 1e3)) });
showComparison(context, place, head.compares === 'halves' ? 'The first half of the log and the second' : 'Before and after', null, { ...comparison, before: timed(comparison.before), after: timed(comparison.after) });
};
const showComparison = (context, place, title, aside, comparison) => {
const { query } = context.answer;
const all = query.endpoint == null ? '' : ' to all endpoints';
const side = (name, side) => h('div', { class: 'side' }, h('h3', {}, name), h('p', {}, side.time),
h('p', {}, side.requests ? [h('b', {}, whole(side.requests)), side.requests === 1 ? ' request' : ' requests', `${all}, 4xx ${shareText(side.e4, side.requests)}, 5xx ${shareText(side.e5, side.requests)}`] : 'no requests'));
const both = card(title, aside, h('div', { class: 'sides' }, side('Before', comparison.before), side('After', comparison.after)));
if (!comparison.before.requests) {
place.replaceChildren(both, card('Changed beyond chance', null, note('There were no requests before, so that there is nothing to compare with.')));
return;
}
const only = (rows) => (query.endpoint == null ? rows : rows.filter((row) => row.endpoint === query.endpoint));
const changed = h('div', { id: 'compare-changed' }), unchanged = comparison.compared - comparison.changedInAll;
const rest = h('p', { class: 'note' }, comparison.compared === 0 ? `No endpoint has ${comparison.least} requests on each side.` : `${whole(unchanged)} of ${counted(comparison.compared, 'endpoint')}: no change beyond chance.`);
if (comparison.listed != null) rest.append(` Between the halves of the time before, the same test lists ${whole(comparison.listed)}.`);
const names = (title, list, count) => (query.endpoint == null && count ? card(`${title}, ${whole(count)}`, null, h('ul', { class: 'plain' }, list.map((name) => h('li', {}, h('span', { class: 'name' }, nameText(name))))), count > list.length ? note(`and ${whole(count - list.length)} more`) : '') : '');
place.replaceChildren(both, card('Changed beyond chance', h('small', {}, '○ p95 before, ● after; those that were made worse first'), changed, rest));
comparisonTable(context, changed, 'changed', only(comparison.changed), 'Nothing changed beyond chance.');
if (only(comparison.perhaps).length) {
const perhaps = h('div', { id: 'compare-perhaps' });
place.append(card(`Perhaps changed, ${whole(comparison.perhapsInAll)}`, h('small', {}, 'up to a fifth of these are chance'), perhaps));
comparisonTable(context, perhaps, 'perhaps', only(comparison.perhaps), '');
}
place.append(h('div', { class: 'sides' }, names('New', comparison.new, comparison.newInAll), names('Gone', comparison.gone, comparison.goneInAll)));
};
const comparisonTable = ({ state, redraw, source, set }, place, id, list, empty) => {
const { head } = source, resolution = head.resolution / 1e6;
const rows = list.map((row) => ({ ...row, n: row.after[0], number: row.endpoint }));
const values = rows.flatMap((row) => [row.before[4], row.after[4]]).filter((value) => value > 0);
const axis = rangeAxis([{ p50: Math.min(...values), p99: Math.max(...values) }]);
const pair = (before, after) => [h('span', { class: 'soft' }, before, ' → '), after];
const columns = [
{ key: 'name', title: 'Endpoint', cell: (row) => (row.endpoint == null ? nameText(row.name) : endpointName(head.endpoints[row.endpoint])) },
{ key: 'picture', title: values.length ? `p95, ${axis.map(axisDuration).join(' – ')}` : '', fixed: true, leaves: 1, cell: (row) => changePicture(row.before[4], row.after[4], axis) },
{ key: 'n', title: 'Requests', leaves: 3, cell: (row) => pair(whole(row.before[0]), whole(row.after[0])) },
{ key: 'p50', title: 'p50', leaves: 4, value: (row) => row.after[3], cell: (row) => pair(durationText(row.before[3], resolution), durationText(row.after[3], resolution)) },
{ key: 'p95', title: 'p95', value: (row) => row.after[4], cell: (row) => pair(durationText(row.before[4], resolution), durationText(row.after[4], resolution)) },
{ key: 'e5', title: '5xx', leaves: 5, value: (row) => row.after[2] / row.after[0], cell: (row) => pair(shareText(row.before[2], row.before[0]), shareText(row.after[2], row.after[0])) },
{ key: 'slower', title: 'Slower', leaves: 2, cell: (row) => `${(row.slower * 100).toFixed(0)} %` },
{ key: 'worse', title: 'Made worse', leaves: 2, cell: (row) => (row.worse >= 1 ? whole(row.worse) : '–') },
{ key: 'verdict', title: 'Verdict', value: verdictText, cell: (row) => h('span', { class: `${/slower|more/.test(verdictText(row)) ? 'bad' : /faster|fewer/.test(verdictText(row)) ? 'good' : ''} verdict` }, verdictText(row)) },
].filter((column) => head.coverage.durations || !['picture', 'p50', 'p95', 'slower'].includes(column.key));
table(place, { id, rows, columns, state, redraw, sort: 'worse', top: 20, caption: 'Endpoints that changed', empty, choose: (row) => row.number != null && set({ endpoint: state.endpoint === row.number ? null : row.number }), isChosen: (row) => row.number != null && row.number === state.endpoint });
};
const verdictText = (row) => {
const words = [];
if (row.slower >= 0.55) words.push('▲ slower');
if (row.slower <= 0.45) words.push('▽ faster');
const [n0, , e0] = row.before, [n1, , e1] = row.after, rate = (e0 + e1) / (n0 + n1);
const z = rate ? (e1 / n1 - e0 / n0) / Math.sqrt(rate * (1 - rate) * (1 / n0 + 1 / n1) + 1e-12) : 0;
if (z > 3) words.push(`${words.length ? '' : '▲ '}more 5xx`);
if (z < -3) words.push(`${words.length ? '' : '▽ '}fewer 5xx`);
return words.join(', ') || 'changed';
};
const changePicture = (before, after, axis) => {
if (!(before > 0) || !(after > 0)) return null;
const width = 150, [low, high] = axis.map((ms) => Math.log10(ms));
const x = (ms) => 6 + ((Math.log10(ms) - low) / (high - low || 1)) * (width - 12);
const color = after > before * 1.02 ? 'var(--bad)' : after < before * 0.98 ? 'var(--good)' : 'var(--soft)';
return s('svg', { class: 'range', viewBox: `0 0 ${width} 20`, 'aria-hidden': 'true' },
s('line', { x1: x(before), x2: x(after), y1: 10, y2: 10, stroke: color, 'stroke-width': 2 }),
s('circle', { cx: x(before), cy: 10, r: 3.6, fill: 'var(--card)', stroke: color, 'stroke-width': 1.6 }),
s('circle', { cx: x(after), cy: 10, r: 4.2, fill: color }));
};

"""##

  package static let shell = ##"""
const announce = (text) => { $('live').textContent = text; };
const chipButton = (kind, text, remove) =>
h('button', { type: 'button', class: 'chip', 'aria-label': `Remove the filter ${kind} ${text}`, on: { click: remove } },
h('span', { class: 'kind' }, kind), h('b', {}, nameText(text)), h('span', { 'aria-hidden': 'true' }, '×'));
const tabs = (views, show) => {
const all = views.map((name) => $(`tab-${name}`));
all.forEach((tab, i) => {
tab.addEventListener('click', () => show(views[i]));
tab.addEventListener('keydown', (event) => {
const next = { ArrowRight: (i + 1) % all.length, ArrowLeft: (i + all.length - 1) % all.length, Home: 0, End: all.length - 1 }[event.key];
if (next == null) return;
event.preventDefault();
show(views[next]);
all[next].focus();
});
});
};
const showTab = (views, shown, isPrinting) => {
for (const name of views) {
const isShown = name === shown;
$(`tab-${name}`).setAttribute('aria-selected', isShown);
$(`tab-${name}`).tabIndex = isShown ? 0 : -1;
$(`view-${name}`).hidden = !isShown && !isPrinting;
}
};
const picker = (field, list, allNames, pick) => {
let matches = [], active = -1;
const close = () => {
list.hidden = true;
field.setAttribute('aria-expanded', 'false');
field.removeAttribute('aria-activedescendant');
active = -1;
};
const mark = (i) => {
active = i;
[...list.children].forEach((item, k) => item.setAttribute('aria-selected', k === i ? 'true' : 'false'));
if (i >= 0) {
field.setAttribute('aria-activedescendant', `${list.id}-${i}`);
list.children[i].scrollIntoView({ block: 'nearest' });
}
};
const choose = (number) => {
field.value = '';
close();
field.blur();
pick(number);
};
const search = () => {
const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
const names = allNames();
matches = [];
for (let number = 0; number < names.length && matches.length < 50; number++) {
const name = names[number].toLowerCase();
if (words.every((word) => name.includes(word))) matches.push(number);
}
list.replaceChildren(...matches.map((number, i) => h('li', { role: 'option', id: `${list.id}-${i}`, 'aria-selected': 'false', on: { pointerdown: (event) => { event.preventDefault(); choose(number); } } }, nameText(names[number]))));
if (!matches.length) list.replaceChildren(h('li', { class: 'soft', role: 'option', 'aria-disabled': 'true' }, 'no such name'));
list.hidden = false;
field.setAttribute('aria-expanded', 'true');
mark(matches.length && words.length ? 0 : -1);
};
field.addEventListener('focus', search);
field.addEventListener('input', search);
field.addEventListener('blur', close);
field.addEventListener('keydown', (event) => {
if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
event.preventDefault();
if (list.hidden) search();
if (matches.length) mark((active + (event.key === 'ArrowDown' ? 1 : -1) + matches.length) % matches.length);
} else if (event.key === 'Enter' && matches.length && active >= 0) {
event.preventDefault();
choose(matches[active]);
} else if (event.key === 'Escape') {
event.stopPropagation();
field.value = '';
field.blur();
}
});
};
const keys = (views, show, clear) => addEventListener('keydown', (event) => {
if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
if (event.key === 'Escape') event.target.blur();
return;
}
const view = views[+event.key - 1];
if (event.key === '/') $('endpoint').focus();
else if (event.key === 'c') $('consumer').focus();
else if (event.key === 'Escape') clear();
else if (view) show(view);
else return;
event.preventDefault();
});
const isDark = () => (document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
const themeButton = (draw) => {
$('theme').addEventListener('click', () => {
document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
draw();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => draw());
};
const redrawn = (draw) => {
let resizing = null;
addEventListener('resize', () => {
clearTimeout(resizing);
resizing = setTimeout(() => draw(), 80);
});
addEventListener('beforeprint', () => {
paperWidth = 720;
draw(true);
});
addEventListener('afterprint', () => {
paperWidth = null;
draw();
});
};

"""##

  package static let page = ##"""
const source = await EmbeddedSource.open($('data').textContent.trim());
const { head } = source;
const VIEWS = ['overview', 'errors', 'performance', 'consumers', 'compare'];
const state = { view: 'overview', since: 0, until: head.slots, endpoint: null, consumer: null, status: null, apdex: null, sort: {}, open: {} };
const FILTERS = ['endpoint', 'consumer', 'status'];
const hash = () => {
const parts = [state.view];
if (state.since !== 0 || state.until !== head.slots) parts.push(`time=${state.since}-${state.until}`);
for (const name of [...FILTERS, 'apdex']) if (state[name] != null) parts.push(`${name}=${state[name]}`);
return '#' + parts.join('&');
};
const readHash = () => {
Object.assign(state, { view: 'overview', since: 0, until: head.slots, endpoint: null, consumer: null, status: null, apdex: null });
const limits = { endpoint: head.endpoints.length, consumer: head.consumers.length, status: 3 };
for (const part of location.hash.slice(1).split('&')) {
const [, name, text] = /^(\w+)=([\d.-]+)$/.exec(part) ?? [];
if (VIEWS.includes(part)) state.view = part;
else if (name === 'time') {
const [since, until] = text.split('-').map(Number);
if (since >= 0 && since < until && until <= head.slots) Object.assign(state, { since, until });
} else if (name === 'apdex' && +text > 0) state.apdex = +text;
else if (name in limits && /^\d+$/.test(text) && +text < limits[name]) state[name] = +text;
}
};
const set = (changes) => {
Object.assign(state, changes);
if (state.since >= state.until) Object.assign(state, { since: 0, until: head.slots });
try {
history.pushState(null, '', hash());
} catch {
}
draw();
};
const DRAW = { overview, errors, performance: performanceView, consumers: consumersView, compare: compareView };
let answered = null;
const draw = async (isPrinting = false) => {
const began = performance.now();
const { since, until, endpoint, consumer, status, apdex } = state;
const query = { since, until, endpoint, consumer, status, apdex };
const isSame = answered && JSON.stringify(answered.query) === JSON.stringify(query);
const answer = isSame ? answered : await source.get(query);
const context = { answer, source, state, set, announce, redraw: () => draw() };
showTab(VIEWS, state.view, isPrinting);
chips();
tiles(context);
for (const name of isPrinting ? VIEWS : [state.view]) DRAW[name](context);
if (answered && !isSame) announceAnswer(answer);
answered = answer;
document.body.dataset.ready = 'yes';
document.body.dataset.milliseconds = (performance.now() - began).toFixed(1);
};
const announceAnswer = (answer) => {
announce(answer.n == null ? 'Not kept for this filter' : `${counted(answer.n, 'request')}, 4xx ${shareText(answer.e4, answer.n)}, 5xx ${shareText(answer.e5, answer.n)}`);
};
const chips = () => {
const list = [];
const chip = (kind, text, remove) => list.push(chipButton(kind, text, () => set(remove)));
if (state.since !== 0 || state.until !== head.slots) chip('time', periodText(source.moment(state.since), source.moment(state.until)), { since: 0, until: head.slots });
if (state.endpoint != null) chip('endpoint', endpointText(head.endpoints[state.endpoint]), { endpoint: null });
if (state.consumer != null) chip('consumer', consumerText(head.consumers[state.consumer]), { consumer: null });
if (state.status != null) chip('status', kinds(head)[state.status].name, { status: null });
if (state.apdex != null) chip('Apdex T', durationText(state.apdex), { apdex: null });
if (list.length > 1) list.push(h('button', { type: 'button', class: 'link', on: { click: clear } }, 'Clear all'));
if (!list.length) list.push(h('span', { class: 'soft' }, 'Drag over a chart to choose a time; choose a row or a status code to filter by it.'));
$('chips').replaceChildren(...list);
};
const clear = () => set({ since: 0, until: head.slots, endpoint: null, consumer: null, status: null, apdex: null });
const heading = () => {
document.title = `${head.title} · access log report`;
$('title').replaceChildren(nameText(head.title));
const parts = [];
if (head.first != null) {
const [from, to] = [head.first / 1e3, head.last / 1e3].map(isoText);
const time = (text) => text.slice(11, (head.last - head.first) / 1e3 < 600 ? 19 : 16);
const end = from.slice(0, 10) === to.slice(0, 10) ? time(to) : `${to.slice(0, 10)} ${time(to)}`;
parts.push(`${from.slice(0, 10)} ${time(from)} – ${end} UTC, ${spanText(Math.floor((head.last - head.first) / 1e3))}`);
}
parts.push(`${counted(head.books.requests, 'request')} in ${counted(head.books.lines, 'line')}`);
if (head.slots > 0) parts.push(`slots of ${spanText(head.slot)}`);
$('subtitle').textContent = parts.join(' · ');
};
const books = () => {
const rows = [
['Lines read', whole(head.books.lines)],
['Requests', whole(head.books.requests)],
...head.books.leftOut.map(([reason, count]) => [`Left out: ${reason}`, whole(count)]),
];
if (head.coverage.durations) {
const error = head.scale >= 5 ? 1.1 : ((2 ** (1 / 2 ** head.scale) - 1) / (2 ** (1 / 2 ** head.scale) + 1)) * 100;
let text = `nearest rank, from a histogram of scale ${head.scale}: at most ${error.toFixed(1)} % off`;
if (head.scale === 5 && head.resolution >= 1e6) text += `, exact up to ${durationText((head.resolution / 1e6) * 46)}`;
if (head.coverage.durations < head.books.requests) text += `; ${counted(head.coverage.durations, 'request has', 'requests have')} a duration`;
rows.push(['Percentiles', text], ['Apdex', 'up to T satisfied, up to 4 T half, by time alone; ≈ where T is no bound of the histogram']);
}
if (head.group > 1) rows.push(['Endpoints’ times', `kept in parts of ${spanText(head.group * head.slot)}, so that the page stays small`]);
if (head.coverage.durations && !head.endpointClasses) rows.push(['Endpoints by status', 'durations of endpoints are not kept by class of status, so that the page stays small']);
if (head.mergedConsumers) rows.push(['Consumers', `${whole(head.mergedConsumers)} of ${whole(head.namedConsumers)} with few requests are counted together`]);
if (head.mergedEndpoints) rows.push(['Endpoints', `${whole(head.mergedEndpoints)} with few requests are counted together`]);
if (head.coverage.consumers) {
const told = head.consumers.filter((row) => !row[1]).length;
rows.push(['Endpoint, consumer and time together', head.shared.length === told ? 'kept for every consumer' + (head.mergedConsumers ? ' that is told apart' : '') : `kept for the ${counted(head.shared.length, 'consumer')} with the most requests`]);
}
rows.push(['New consumers', 'first seen after the log’s first day']);
rows.push(['Times', 'UTC; a request belongs to the moment it began'], ['Made by', `backtally ${head.version}; this file loads and sends nothing`]);
rows.push(['Keys', '1–5 views, / endpoint, c consumer, arrows in a chart, Shift and arrows to choose a time, Enter to filter by it, Esc to clear']);
$('books').replaceChildren(...rows.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
};
tabs(VIEWS, (view) => set({ view }));
themeButton(() => draw());
keys(VIEWS, (view) => set({ view }), clear);
addEventListener('popstate', () => { readHash(); draw(); });
addEventListener('hashchange', () => { readHash(); draw(); });
redrawn(draw);
$('summary').remove();
$('app').hidden = false;
heading();
books();
if (head.books.requests) {
const endpointNames = head.endpoints.map(endpointText), consumerNames = head.consumers.map(consumerText);
picker($('endpoint'), $('endpoint-list'), () => endpointNames, (endpoint) => set({ endpoint }));
picker($('consumer'), $('consumer-list'), () => consumerNames, (consumer) => set({ consumer }));
readHash();
await draw();
} else {
$('tools').hidden = true;
$('views').replaceChildren(card('No requests', null, note('The log has no requests, or none that were selected.')));
document.body.dataset.ready = 'yes';
}

"""##
}
