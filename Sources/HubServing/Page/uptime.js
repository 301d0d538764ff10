// When an application was up, as far as the hub was told; and when there were no requests where there usually are.

const seconds = (text) => Date.parse(text) / 1e3;

// Of times { since, until } those that are in a time, as [from, to]; one that goes on ends now.
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

// A strip for each line: when it was up, when down, and when nobody watched.
const uptimeStrips = (context, place, lines, uptime) => {
  const { answer } = context, { source } = answer, { head } = source, height = 26;
  const label = (line) => (line.isAll ? 'all' : line.name.slice(0, 8));
  const chart = new TimeChart(place, { ...timeOptions(context, 'Uptime over time', 40 + height * lines.length), left: 76 });
  // Beside the strips stands how much of the time it was up.
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
