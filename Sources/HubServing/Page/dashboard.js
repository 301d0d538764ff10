// The dashboard of an app and environment: what is chosen, and everything that changes it.

const [clientID, env] = location.pathname.split('/').slice(-2);
const hub = new HubSource(`../../api/v1/${clientID}/${env}/`);
const VIEWS = ['overview', 'errors', 'performance', 'consumers', 'compare', 'requests', 'uptime'];
const RANGES = [[3600, '1 h'], [6 * 3600, '6 h'], [86400, '24 h'], [7 * 86400, '7 d'], [30 * 86400, '30 d'], [90 * 86400, '90 d'], [366 * 86400, '12 mo']];
const POLLING = 10_000;
// `last` is the length of a time up to now; or `from` and `to` are the ends of one, in seconds.
const NOTHING = { endpoint: null, consumer: null, group: null, status: null, apdex: null };
const state = { view: 'overview', last: null, from: null, to: null, ...NOTHING, baseline: 'previous', sort: {}, open: {}, log: {}, isPaused: false };

// MARK: Time

const now = () => Date.now() / 1e3;
const alignedRange = (from, to, step = stepFor(to - from)) => ({ since: Math.floor(from / step) * step, until: Math.max(Math.ceil(to / step), Math.floor(from / step) + 1) * step, step });
const range = () => {
  if (state.last == null) return alignedRange(state.from, state.to);
  const step = stepFor(state.last), until = Math.floor(now() / step + 1) * step;
  return { since: until - Math.ceil(state.last / step) * step, until, step };
};
const chooseTime = (from, to) => set({ last: null, from: Math.max(0, Math.round(from)), to: Math.max(Math.round(from) + 60, Math.round(to)) });

// MARK: The state in the URL

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

// Views choose a time by slots of the answer that they show.
const set = ({ since, until, ...changes }) => {
  if (since != null && answered && !(since === 0 && until === answered.query.until)) {
    const { moment } = answered.source;
    Object.assign(changes, { last: null, from: Math.round(moment(since)), to: Math.round(moment(until)) });
  }
  Object.assign(state, changes);
  history.pushState(null, '', hash());
  return draw();
};

// MARK: Drawing

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

// Asks for what is chosen, and shows it. `isQuiet` leaves a page alone that shows the newest figures already, or that
// someone is reading.
const draw = async (isQuiet = false) => {
  // What someone has just chosen comes first.
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
  // Something else was asked for in the meantime.
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

// Alerts of this environment that fire now.
const firing = async () => {
  let alerts = [];
  try {
    ({ alerts } = await (await fetch('../../api/v1/alerts')).json());
  } catch {
    // What is wrong is said where figures are asked for.
  }
  const own = (alerts ?? []).filter((alert) => alert.state === 'firing' && alert.client === clientID && alert.environment === env);
  $('firing').hidden = !own.length;
  $('firing').replaceChildren('▲ ', counted(own.length, 'alert fires', 'alerts fire'), ': ', ...own.slice(0, 5).flatMap((alert, i) => [i ? ', ' : '', nameText(alert.name)]), own.length > 5 ? '…' : '', ' ', h('a', { href: '../../alerts' }, 'All alerts'));
};

// Whether someone is reading what a drawing would take away.
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

// MARK: What stays

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

// Names are asked for when someone looks for one.
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
// A name that is not among those that were loaded is taken as it was typed.
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

// Without a time in the URL: the last day; or, if what has arrived is older, all of it as far as it is shown at once.
const begin = async () => {
  if (state.last != null || state.from != null) return draw();
  state.last = 86400;
  try {
    const { first_minute: first, last_minute: last } = await hub.json('figures', { since: Math.floor(now() / 60) * 60 - 60, until: Math.floor(now() / 60) * 60, limit: 1 });
    const [from, to] = [first, last].map((text) => (text ? Date.parse(text) / 1e3 : null));
    if (to != null && to < now() - 86400) Object.assign(state, { last: null, from: Math.max(from, to - 366 * 86400), to: to + 60 });
  } catch {
    // `draw` says what is wrong.
  }
  history.replaceState(null, '', hash());
  return draw();
};

$('app').hidden = false;
readHash();
firing();
await begin();
