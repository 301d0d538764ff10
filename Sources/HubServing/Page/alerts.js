// Where alerts stand: those that fire first, then those that are over.

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
