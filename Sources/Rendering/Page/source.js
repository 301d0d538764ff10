// Where figures come from. A view asks a source for what it shows under a filter: `source.get(query)`, and does
// not know whether the answer is computed here from the data in the page or was fetched from a server.
//
// A query is { since, until (slots), endpoint, consumer (numbers or null), status (0: neither 4xx nor 5xx,
// 1: 4xx, 2: 5xx, or null), apdex (ms or null for the report's own) }. In an answer null is what the data does
// not tell under the filter; it is never a figure of something else.

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
  // The parts of each key: `sizes` says how many values all but the first part have. `order` says which place a
  // part has in `parts`.
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
    // Where the shares of each consumer that has them begin and end.
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
    // Groups of slots: a group begins where its number of slots since 1970 is reached.
    this.groupOffset = head.firstSlot % head.group;
    this.groups = [];
    for (let a = 0; a < head.slots; ) {
      const b = Math.min(head.slots, (this.groups.length + 1) * head.group - this.groupOffset);
      this.groups.push({ a, b });
      a = b;
    }
    // What consumers are counted by: days in UTC, or parts of a short log.
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

// What is known under one filter.
class Answer {
  constructor(source, query) {
    this.source = source;
    this.query = query;
    const { head } = source;
    this.isAll = query.since === 0 && query.until === head.slots;
    this.isShared = query.consumer != null && source.shareRange.has(query.consumer);
    this.isUnfiltered = this.isAll && query.endpoint == null && query.consumer == null && query.status == null;
    // Of all the requests of an endpoint, or of all, more is known than of parts of them.
    this.isWhole = this.isAll && query.consumer == null && query.status == null;
    const rows = (count) => Array.from({ length: count }, (_, number) => ({ number, n: 0, e4: 0, e5: 0, trend: null, bins: null }));
    this.endpoints = rows(head.endpoints.length);
    this.consumers = rows(head.consumers.length);
    // What is kept only for the whole time, or not at all, for want of room.
    this.missing = new Set();
    // The parts of the chosen time that trends are of, and how many slots each has.
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

  // Requests a slot within the chosen time, in parts of equally many slots.
  addTrend(row, slot, count) {
    const { since, until } = this.query;
    if (slot < since || slot >= until) return;
    const part = Math.floor((slot - since) / this.partStep);
    (row.trend ??= this.newTrend())[part] += count / this.partLengths[part];
  }

  // From a block for many: there may be thousands.
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

  // Of a consumer whose requests are known by slot and endpoint together.
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

  // Of another consumer: its slots, and its endpoints over the whole time.
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
    // Of each day and consumer, whether there was any.
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

  // How many consumers were active over time: columns { a, b } of slots, with those that were `known` and those that
  // are new; null where that is not kept.
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

  // MARK: Durations

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

  // Whether the chosen time is one of whole groups, by which the durations of endpoints are kept.
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

  // Of the rows of consumers: only the view that shows them asks for it.
  addDurationsOfConsumers() {
    const { source, query } = this, { head } = source;
    if (!head.coverage.durations || (query.status != null && !head.classes) || this.hasConsumerDurations) return;
    this.hasConsumerDurations = true;
    const rows = new Map(this.consumers.map((row) => [row.number, row]));
    // One block: there may be thousands.
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

  // MARK: Derived figures

  percentile(bins, q, range) {
    return bins ? this.source.histogram.percentile(bins, q, range) : null;
  }

  // Of all that is chosen.
  get range() {
    const { head } = this.source, { query } = this;
    const figures = query.endpoint != null ? head.endpoints[query.endpoint][2] : query.consumer != null ? head.consumers[query.consumer][2] : head.totals;
    return [figures[3], figures[4]];
  }

  // { score, isEstimate }, or null.
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
    // Endpoints have thresholds of their own.
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
