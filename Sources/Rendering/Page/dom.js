// Elements. Text reaches the page by `append` of strings only, which makes text nodes: no name from a log is
// ever parsed as markup.

const $ = (id) => document.getElementById(id);
const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name === 'on') for (const event in value) element.addEventListener(event, value[event]);
    else if (name === 'css') Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(3).filter((child) => child != null && child !== ''));
  return element;
};
const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// A name of the log: kept apart from the direction of what is around it.
const nameText = (text) => h('bdi', {}, text);
const endpointName = ([method, route]) =>
  method ? [h('span', { class: 'method' }, method), ' ', nameText(route)] : [h('i', {}, route)];
// A consumer may have a name beside what identifies it.
const consumerName = ([name, merged, , title]) =>
  name == null ? [h('i', {}, 'no consumer')] : merged ? [h('i', {}, name)] : title ? [nameText(title), ' ', h('i', {}, nameText(name))] : [nameText(name)];
const endpointText = ([method, route]) => (method ? `${method} ${route}` : route);
const consumerText = ([name]) => name ?? 'no consumer';

const note = (text, action, run) =>
  h('p', { class: 'note' }, text, action ? [' ', h('button', { class: 'link', type: 'button', on: { click: run } }, action)] : '');
