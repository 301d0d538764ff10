// Figures from a hub. A page asks it as a report asks what is embedded in it, `source.get(query)`, and gets an
// answer of the same shape; here every filter is applied by the hub, so that nothing is missing under one.
//
// A query is { range: { since, until, step } (seconds), endpoint, consumer (numbers or null), group, status, apdex }.

const STATUS_CLASSES = ['1xx,2xx,3xx,6xx,7xx,8xx,9xx', '4xx', '5xx'];
const STEP_NAMES = [[60, '1m'], [300, '5m'], [900, '15m'], [1800, '30m'], [3600, '1h'], [10800, '3h'], [21600, '6h'], [43200, '12h'], [86400, '1d'], [172800, '2d'], [604800, '7d']];
const ROWS = 500;

// The finest step by which a time has at most two hundred slots.
const stepFor = (seconds) => (STEP_NAMES.find(([step]) => seconds / step <= 200) ?? STEP_NAMES[STEP_NAMES.length - 1])[0];

// Bins as the hub keeps them: of 10 ms, or, by OTLP, of factors of the eighth root of two. A key is the bin's number
// times eight, and the kind of histogram.
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
    // What is not told apart, in nanoseconds.
    this.resolution = keys.length && keys.every((key) => ((key % 8) + 8) % 8 === 0) ? 1e7 : 1;
  }

  bins(pairs) {
    const bins = new Float64Array(this.count);
    for (let i = 0; i < pairs.length; i += 2) bins[this.places.get(pairs[i])] += pairs[i + 1];
    return bins;
  }
}

class HubSource {
  // `base` is the address of the views of an app and environment.
  constructor(base) {
    this.base = base;
    // By their numbers, which stay the same as long as the page is open.
    this.endpoints = [];
    this.consumers = [];
    this.numbers = new Map();
    this.texts = new Map();
    this.named = 0;
  }

  endpoint(method, path) {
    return this.number(this.endpoints, `e ${method} ${path}`, () => [method, path, []]);
  }

  // null for requests without one.
  consumer(identifier) {
    return this.number(this.consumers, identifier == null ? 'n' : `c ${identifier}`, () => [identifier, null, [], null, null]);
  }

  number(list, key, row) {
    if (!this.numbers.has(key)) this.numbers.set(key, list.push(row()) - 1);
    return this.numbers.get(key);
  }

  // The parameters of a query; `names` are further ones.
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

  // The same answer again if nothing has changed.
  async get(query) {
    const parameters = this.parameters(query, { step: STEP_NAMES.find(([step]) => step === query.range.step)[1], limit: ROWS });
    const { since, until } = query.range;
    // Figures are shown also where uptime cannot be told.
    const texts = await Promise.all([...['figures', 'audience'].map((view) => this.text(view, parameters)), this.text('uptime', { since, until }).catch(() => 'null')]);
    const key = JSON.stringify(query);
    if (this.last && this.last.key === key && this.last.texts.every((text, i) => text === texts[i])) return this.last.answer;
    const answer = new HubAnswer(this, query, ...texts.map((text) => JSON.parse(text)));
    this.last = { key, texts, answer };
    return answer;
  }

  // Names for the fields that filter by one.
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
    // Means of slots, as a part may be shorter.
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

  // What the views ask of a source.
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

  // What of the time is marked below charts, in slots.
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
