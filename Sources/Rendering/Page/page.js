// The page: what is chosen, and everything that changes it.

const source = await EmbeddedSource.open($('data').textContent.trim());
const { head } = source;
const VIEWS = ['overview', 'errors', 'performance', 'consumers', 'compare'];
const state = { view: 'overview', since: 0, until: head.slots, endpoint: null, consumer: null, status: null, apdex: null, sort: {}, open: {} };

// MARK: The state in the URL

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
    // A page that is shown inside another one may not.
  }
  draw();
};

// MARK: Drawing

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

// After a change: what is shown now, for who does not see it.
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

// MARK: What stays

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
