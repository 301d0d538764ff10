// Charts. One that is over time has columns { a, b } of slots, takes the focus, is read with the arrow keys and
// has its values in a table below.

const niceCeiling = (x) => {
  const power = 10 ** Math.floor(Math.log10(x || 1));
  for (const step of [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10]) if (step * power >= x && (step * power >= 2 || step === 1)) return step * power;
  return 10 * power;
};

const STEPS = [10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2419200, 7862400, 31449600];

// The width of charts on paper, in pixels; null on a screen, where they are as wide as their place.
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

  // What is known of times, below the axis: { kind, from, to, text } in slots.
  bands() {
    for (const { kind, from, to } of this.source.bands ?? []) {
      this.svg.append(s('rect', { class: `band ${kind}`, x: this.x(from), width: Math.max(1.5, this.x(to) - this.x(from)), y: this.floor, height: 3 }));
    }
  }

  // The chosen time.
  shade() {
    this.bands();
    const { since, until } = this.query;
    if (since === 0 && until === this.slots) return;
    this.svg.append(s('rect', { class: 'chosen', x: this.x(since), width: this.x(until) - this.x(since), y: this.top, height: this.floor - this.top }));
    for (const slot of [since, until]) this.svg.append(s('line', { class: 'edge', x1: this.x(slot), x2: this.x(slot), y1: this.top, y2: this.floor }));
  }

  // Moments at which something stands out, by their numbers in the list.
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

  // Cursor, drag, keys, and the table of values. `rows(i)` are [name, value] of a column.
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
        // A pointer that is gone already.
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

// Counts over time, stacked; `parts` are { name, counts, color }.
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
      // A count of one is seen, too.
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

// Columns of which one has some fifty requests on average, as long as there are two dozen of them.
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

// How durations are distributed over time: darker where more of a column's requests are; percentiles and
// Apdex's threshold over it.
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
  // Bins of scale 3 at most, of 2 where there are few requests: finer ones would be empty rows.
  const requests = columns.reduce((sum, column) => sum + histogram.total(column.bins), 0);
  const merge = 2 ** Math.max(0, head.scale - (requests < 150 * columns.length ? 2 : 3));
  // One row of room at each end.
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
  // A row that no multiple of the resolution falls into belongs to the one below it.
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
  // Of 1, 2, 5, 10 as many as there is room for.
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
  // Direct labels at the end of the lines, apart from each other.
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

// A small line over time, scaled to itself; `floor` of null lets it begin where the values do.
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

// p50 as a dot, a bar to p95, a whisker to p99, on the axis that all rows share: `axis` is [least, largest] ms.
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

// The axis of such pictures: powers of ten around all of them.
const rangeAxis = (rows) => {
  const values = rows.flatMap((row) => [row.p50, row.p99]).filter((value) => value > 0);
  if (!values.length) return [1, 10];
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)) + 1e-9), high = 10 ** Math.ceil(Math.log10(Math.max(...values)) - 1e-9);
  return [low, Math.max(high, low * 10)];
};
