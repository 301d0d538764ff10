// swift-format-ignore-file
// Made by scripts/embed-page of the files in Page/: edit those.

enum HubAssets {
  static let style = ##"""
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
.verdict { display: inline-block; max-width: 180px; white-space: normal; }
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
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 14px; }
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
.sides { grid-template-columns: 1fr; }
dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: 6px; }
}
@media (max-width: 520px) { .verdict { max-width: 74px; } .leaves-5, .leaves-6 { display: none; } }
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
.back { color: var(--soft); text-decoration: none; padding: 2px 6px 2px 0; } .back:hover { color: var(--ink); }
#title small { font-size: 13px; font-weight: 400; color: var(--soft); margin-left: 8px; }
.ranges { display: flex; gap: 8px; flex-wrap: wrap; align-items: center; padding-top: 12px; }
.ranges > div { display: flex; flex-wrap: wrap; }
.ranges button { border-radius: 0; margin-left: -1px; padding: 4px 11px; color: var(--soft); position: relative; }
.ranges div button:first-child { border-radius: var(--radius) 0 0 var(--radius); margin-left: 0; }
.ranges div button:last-child { border-radius: 0 var(--radius) var(--radius) 0; }
.ranges button[aria-pressed=true] { color: var(--ink); font-weight: 600; background: var(--shade); }
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
.tabs { display: grid; grid-template-columns: repeat(3, 1fr); }
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
<section role="tabpanel" id="view-requests" aria-labelledby="tab-requests" hidden></section>
<section role="tabpanel" id="view-uptime" aria-labelledby="tab-uptime" hidden></section>
</main>
<footer class="wrap"><h2>What this is of</h2><dl id="books"></dl></footer>
<div id="live" class="sr" role="status" aria-live="polite"></div>
</div>
</body>
</html>

"""##

  static let dashboardScript = ##"""
'use strict';
(async () => {
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
const stands = source.head.looked == null ? null : card('What stands out', answer.isUnfiltered ? null : h('small', {}, 'in the whole log'), found);
const heavy = hasRoom ? card('Consumers', h('small', {}, 'those with the most requests'), h('div', { id: 'overview-consumers' })) : null;
$('view-overview').replaceChildren(
card('Requests', legend(...names.map((kind) => [kind.color, kind.name]), ...(source.head.findings.length ? [['--mark', 'number: see what stands out']] : []), ...bandLegend(source)), chart),
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
if (!items.length) items.push(h('li', {}, note(head.looked ? 'Nothing stands out: no gap, no endpoint or consumer differs from itself or the rest beyond chance.' : 'Not looked for.')));
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
const { answer, source, state, redraw, set } = context, { head } = source, { comparison } = head, place = $('view-compare');
if (!comparison) {
place.replaceChildren(card('Compare', null, note('The log is too short to be compared with itself. Name two logs with --compare, or a moment with --compare-at.')));
return;
}
const { query } = answer;
const side = (name, side) => h('div', { class: 'side' }, h('h3', {}, name),
h('p', {}, side.first == null ? 'nothing' : periodText(Math.floor(Math.max(side.first, head.first) / 1e3), Math.ceil((Math.min(side.last, head.last) + 1e-3) / 1e3))),
h('p', {}, h('b', {}, whole(side.requests)), side.requests === 1 ? ' request' : ' requests', `, 4xx ${shareText(side.e4, side.requests)}, 5xx ${shareText(side.e5, side.requests)}`));
const head2 = card(head.compares === 'halves' ? 'The first half of the log and the second' : 'Before and after', null, h('div', { class: 'sides' }, side('Before', comparison.before), side('After', comparison.after)));
if (!answer.isAll || query.consumer != null || query.status != null) {
place.replaceChildren(card('Compare', null, note('The comparison is of the whole time, all consumers and all statuses, and cannot be filtered by these.', 'Show it without these filters', () => set({ since: 0, until: head.slots, consumer: null, status: null }))));
return;
}
const only = (rows) => (query.endpoint == null ? rows : rows.filter((row) => row.endpoint === query.endpoint));
const changed = h('div', { id: 'compare-changed' }), unchanged = comparison.compared - comparison.changedInAll;
const rest = h('p', { class: 'note' }, comparison.compared === 0 ? `No endpoint has ${comparison.least} requests on each side.` : `${whole(unchanged)} of ${counted(comparison.compared, 'endpoint')}: no change beyond chance.`);
if (comparison.listed != null) rest.append(` Between the halves of the time before, the same test lists ${whole(comparison.listed)}.`);
const names = (title, list, count) => (query.endpoint == null && count ? card(`${title}, ${whole(count)}`, null, h('ul', { class: 'plain' }, list.map((name) => h('li', {}, nameText(name)))), count > list.length ? note(`and ${whole(count - list.length)} more`) : '') : '');
place.replaceChildren(head2, card('Changed beyond chance', h('small', {}, '○ p95 before, ● after; those that were made worse first'), changed, rest));
comparisonTable(context, changed, 'changed', only(comparison.changed), 'Nothing changed beyond chance.');
if (only(comparison.perhaps).length) {
const perhaps = h('div', { id: 'compare-perhaps' });
place.append(card(`Perhaps changed, ${whole(comparison.perhapsInAll)}`, h('small', {}, 'up to a fifth of these are chance'), perhaps));
comparisonTable(context, perhaps, 'perhaps', only(comparison.perhaps), '');
}
place.append(...[names('New', comparison.new, comparison.newInAll), names('Gone', comparison.gone, comparison.goneInAll)].filter(Boolean));
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
const [clientID, env] = location.pathname.split('/').slice(-2);
const hub = new HubSource(`../../api/v1/${clientID}/${env}/`);
const VIEWS = ['overview', 'errors', 'performance', 'consumers', 'requests', 'uptime'];
const RANGES = [[3600, '1 h'], [6 * 3600, '6 h'], [86400, '24 h'], [7 * 86400, '7 d'], [30 * 86400, '30 d'], [90 * 86400, '90 d'], [366 * 86400, '12 mo']];
const POLLING = 10_000;
const NOTHING = { endpoint: null, consumer: null, group: null, status: null, apdex: null };
const state = { view: 'overview', last: null, from: null, to: null, ...NOTHING, sort: {}, open: {}, log: {}, isPaused: false };
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
for (const [name, value] of Object.entries(state.log)) if (value) parts.set(`log.${name}`, value);
return `#${parts}`;
};
const readHash = () => {
const parts = new URLSearchParams(location.hash.slice(1));
const number = (name) => (/^\d{1,11}$/.test(parts.get(name) ?? '') ? +parts.get(name) : null);
Object.assign(state, { view: VIEWS.includes(parts.get('view')) ? parts.get('view') : 'overview', last: null, from: null, to: null, ...NOTHING, log: {} });
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
const DRAW = { overview, errors: errorsView, performance: performanceView, consumers: allConsumers, requests: requestsView, uptime: uptimeView };
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
const context = { answer: answered, source: answered.source, state, set, announce, redraw: show };
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
rows.push(['Figures as JSON', h('a', { href: hub.url('figures', hub.parameters(queryOf())) }, 'figures'), ', ', h('a', { href: hub.url('audience', hub.parameters(queryOf())) }, 'audience')]);
rows.push(['Keys', '1–6 views, / endpoint, c consumer, p pause, arrows in a chart, Shift and arrows to choose a time, Enter to look closer, Esc to clear']);
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
})();

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

  static let alertsScript = ##"""
'use strict';
(async () => {
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
})();

"""##

  static let icon = ##"""
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#4a7ab3"/><path d="M4 12V7M7 12V4M10 12V8" stroke="#fff" stroke-width="1.6"/><path d="M2.5 10.5 13 5.5" stroke="#fff" stroke-width="1.6"/></svg>

"""##
}
