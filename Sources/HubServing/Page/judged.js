// What the hub tests rather than counts: what stands out, and what has changed. Asked for apart, so that figures do
// not wait for it, and once a minute at most.

const JUDGED_FOR = 60_000;
const judged = {};

// What is known: { answer, error, isAsked }. `show` is called when there is something new.
const judge = (view, key, parameters, show) => {
  const known = judged[view], isSame = known?.key === key;
  if (isSame && Date.now() - known.at < JUDGED_FOR) return known;
  const asked = (judged[view] = { key, at: Date.now(), answer: isSame ? known.answer : null, error: null, isAsked: true });
  hub.json(view, parameters).then(
    (answer) => Object.assign(asked, { answer }),
    (error) => Object.assign(asked, { answer: null, error })).then(() => {
    asked.isAsked = false;
    // Something else was asked for in the meantime, or someone is reading what there is.
    if (judged[view] === asked && !(isSame && isRead())) show();
  });
  return asked;
};
// A time up to now is the same one while it moves on.
const timeKey = ({ last, from, to }) => JSON.stringify([last, from, to]);

// MARK: What stands out

// Gives a source the findings of its whole time.
const lookFor = ({ source, query: { range } }, state, show) => {
  const { head } = source, known = judge('findings', timeKey(state), { since: range.since, until: range.until }, show);
  const list = known.answer?.findings ?? [];
  head.looked = known.answer != null;
  source.unlooked = known.error ? `The hub does not say: ${known.error.message}` : 'Looking …';
  source.foundIn = 'among all requests of this time';
  head.findings = list.map((finding) => ({
    kind: finding.kind, text: finding.text,
    name: finding.path != null ? `${finding.method} ${finding.path}` : finding.consumer ?? 'No requests',
    since: finding.since && Date.parse(finding.since) / 1e3, until: finding.until && Date.parse(finding.until) / 1e3,
    endpoint: finding.path != null ? hub.endpoint(finding.method, finding.path) : null,
    consumer: finding.consumer != null ? hub.consumer(finding.consumer) : null,
  }));
  head.foundInAll = list.length + (known.answer?.more ?? 0);
  return known;
};

const overviewView = (context) => {
  const known = lookFor(context.answer, context.state, context.redraw);
  overview(context);
  $('view-overview').setAttribute('aria-busy', known.isAsked ? 'true' : 'false');
};

// MARK: Compare

const BASELINES = ['previous', 'week'];
const WEEK = 7 * 86400;

const comparisonView = (context) => {
  const { answer, state, set, redraw } = context, place = $('view-compare');
  if (state.status != null) {
    place.replaceChildren(card('Compare', null, note('What is compared are shares of errors, and so all statuses.', 'Show all statuses', () => set({ status: null }))));
    return;
  }
  const { range, consumer, group } = answer.query;
  // Of a time that is not over, what there is of it.
  const unit = range.step >= 3600 ? 3600 : 60, until = Math.max(range.since + unit, Math.min(range.until, Math.ceil(now() / unit) * unit));
  const parameters = hub.parameters({ range: { since: range.since, until }, consumer, group }, { baseline: state.baseline, limit: 200 });
  const known = judge('comparison', JSON.stringify([timeKey(state), consumer, group, state.baseline]), parameters, redraw);
  const weeks = Math.ceil((until - range.since) / WEEK);
  const names = { previous: 'The time before', week: weeks === 1 ? 'A week before' : `${weeks} weeks before` };
  const choice = h('div', { class: 'choice', role: 'group', 'aria-label': 'Compared with' }, BASELINES.map((name) =>
    h('button', { type: 'button', 'aria-pressed': name === state.baseline ? 'true' : 'false', on: { click: () => set({ baseline: name }) } }, names[name])));
  if (known.answer) showComparison(context, place, 'This time, and one before', choice, comparisonOf(known.answer));
  else place.replaceChildren(card('Compare', choice, note(known.error ? `The hub does not say: ${known.error.message}` : 'Comparing …')));
  place.setAttribute('aria-busy', known.isAsked ? 'true' : 'false');
};

// As the page of a report has it.
const comparisonOf = (answer) => {
  const side = ({ since, until, requests, client_errors: e4, server_errors: e5 }) => ({ time: periodText(Date.parse(since) / 1e3, Date.parse(until) / 1e3), requests, e4, e5 });
  const sample = ({ requests, client_errors: e4, server_errors: e5, response_time_ms: times }) => [requests, e4, e5, times?.p50 ?? null, times?.p95 ?? null];
  const row = (row) => ({ name: `${row.method} ${row.path}`, endpoint: hub.endpoint(row.method, row.path), before: sample(row.before), after: sample(row.after), slower: row.slower, worse: row.made_worse });
  const of = {};
  for (const name of ['changed', 'perhaps', 'new', 'gone']) {
    of[name] = answer[name].map(name === 'new' || name === 'gone' ? ({ method, path }) => `${method} ${path}` : row);
    of[`${name}InAll`] = answer[name].length + answer[`more_${name}`];
  }
  return { before: side(answer.before), after: side(answer.after), compared: answer.compared, least: answer.least_requests, ...of, listed: answer.listed_without_change };
};
