// What a hub knows beside counts: single requests, errors that were reported, and routes that nobody calls.

// MARK: Errors

const errorsView = (context) => {
  errors(context);
  const server = h('div', { id: 'reports-server' }), validation = h('div', { id: 'reports-validation' }), never = h('div', { id: 'never-called' });
  $('view-errors').append(
    card('Server errors', h('small', {}, 'what the application has reported, with tracebacks'), server),
    card('Validation errors', h('small', {}, 'what of requests was not accepted'), validation),
    card('Routes that nobody called', h('small', {}, 'in this time; from what the application says of itself when it starts'), never));
  // Statuses do not belong to reports; their hours count as a whole.
  const { query } = context.answer, parameters = hub.parameters({ ...query, status: null }, { limit: 200 });
  filled(server, () => hub.json('reports', parameters), ({ reports }) => {
    const of = (kind) => reports.filter((report) => report.kind === kind);
    reportList(validation, context, of('validation'), 'No validation errors were reported in this time.');
    reportList(server, context, of('server'), 'No server errors were reported in this time. Logs do not have any; applications report them.');
  });
  filled(never, () => hub.json('routes', { since: query.range.since, until: query.range.until, limit: 1000 }), (answer) => neverCalled(never, answer));
};

// Fills a place with what a request is answered with, unless another drawing has taken it away.
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

// MARK: Requests

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
// What was asked for, with its query; cut where it is longer than anyone reads in a list.
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

// One request in full. What of it is not known is left out.
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

// Bodies come as base64; those that are no text are shown as they came.
const bodyText = (body) => {
  if (typeof body !== 'string') return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(body), (c) => c.charCodeAt(0)));
  } catch {
    return body;
  }
};
