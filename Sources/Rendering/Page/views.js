// The views. Each is given { answer, state, source, redraw, choose… } and draws what of it is shown.

const okName = (head) => (head.statuses.some((status) => status < 200 || status >= 600) ? 'other' : '2xx, 3xx');
const kinds = (head) => [
  { name: okName(head), color: '--ok' },
  { name: '4xx', color: '--warn' },
  { name: '5xx', color: '--bad' },
];

const legend = (...parts) => h('div', { class: 'legend' }, parts.map(([color, name]) => h('span', {}, h('i', { class: `key ${color.slice(2)}` }), name)));
// Of what stands below the axis of charts over time.
const bandLegend = (source) => [...new Set((source.bands ?? []).map((band) => band.kind))].map((kind) => [`--${kind}`, kind]);
const card = (title, aside, ...children) =>
  h('div', { class: 'card' }, h('div', { class: 'head' }, title ? h('h2', {}, title) : '', aside), children);

// Means of slots within the chosen time, in parts of equally many.
const parted = (values, since, until) => {
  const { step, parts } = partsOf(until - since), means = new Float64Array(parts);
  for (let slot = since; slot < until; slot++) {
    const part = Math.floor((slot - since) / step);
    means[part] += values[slot] / Math.min(step, until - since - part * step);
  }
  return means;
};

const columnsIn = (answer) => answer.columns?.filter((column) => column.a >= answer.query.since && column.b <= answer.query.until);

// Histograms of the chosen time in at most forty parts.
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

// MARK: Tiles

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

// MARK: Rows

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
  // Consumers are shown without.
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

// The columns that the log has values for and that mean something under the filter.
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

// Where durations are missing, why, and what to do about it.
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

// MARK: Overview

const timeOptions = ({ source, answer, set, announce }, label, height, findings) => ({
  height, label, source, announce,
  // By their numbers in the list; under a filter only those that it shows.
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
  // Where little stands out, there is room.
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

// MARK: Errors

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

// MARK: Performance

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

// Durations of no particular time: a bar for each bin.
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

// MARK: Consumers

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
  // When a consumer was first and last seen is known of all its requests only.
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

// MARK: Compare

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

// What two times differ in; the time of each side is in words.
const showComparison = (context, place, title, aside, comparison) => {
  const { query } = context.answer;
  // Sides are of all endpoints, whichever is chosen.
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

// In words what of an endpoint changed most.
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

// p95 before, hollow, and after.
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
