// What every page has around its views: tabs, chips, fields that filter by a name, keys, light and dark.

const announce = (text) => { $('live').textContent = text; };

const chipButton = (kind, text, remove) =>
  h('button', { type: 'button', class: 'chip', 'aria-label': `Remove the filter ${kind} ${text}`, on: { click: remove } },
    h('span', { class: 'kind' }, kind), h('b', {}, nameText(text)), h('span', { 'aria-hidden': 'true' }, '×'));

// MARK: Tabs

const tabs = (views, show) => {
  const all = views.map((name) => $(`tab-${name}`));
  all.forEach((tab, i) => {
    tab.addEventListener('click', () => show(views[i]));
    tab.addEventListener('keydown', (event) => {
      const next = { ArrowRight: (i + 1) % all.length, ArrowLeft: (i + all.length - 1) % all.length, Home: 0, End: all.length - 1 }[event.key];
      if (next == null) return;
      event.preventDefault();
      show(views[next]);
      all[next].focus();
    });
  });
};

// On paper all views stand one after another.
const showTab = (views, shown, isPrinting) => {
  for (const name of views) {
    const isShown = name === shown;
    $(`tab-${name}`).setAttribute('aria-selected', isShown);
    $(`tab-${name}`).tabIndex = isShown ? 0 : -1;
    $(`view-${name}`).hidden = !isShown && !isPrinting;
  }
};

// MARK: Fields that filter by a name

// `allNames` gives the names as they are when they are looked for.
const picker = (field, list, allNames, pick) => {
  let matches = [], active = -1;
  const close = () => {
    list.hidden = true;
    field.setAttribute('aria-expanded', 'false');
    field.removeAttribute('aria-activedescendant');
    active = -1;
  };
  const mark = (i) => {
    active = i;
    [...list.children].forEach((item, k) => item.setAttribute('aria-selected', k === i ? 'true' : 'false'));
    if (i >= 0) {
      field.setAttribute('aria-activedescendant', `${list.id}-${i}`);
      list.children[i].scrollIntoView({ block: 'nearest' });
    }
  };
  const choose = (number) => {
    field.value = '';
    close();
    field.blur();
    pick(number);
  };
  const search = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const names = allNames();
    matches = [];
    for (let number = 0; number < names.length && matches.length < 50; number++) {
      const name = names[number].toLowerCase();
      if (words.every((word) => name.includes(word))) matches.push(number);
    }
    list.replaceChildren(...matches.map((number, i) => h('li', { role: 'option', id: `${list.id}-${i}`, 'aria-selected': 'false', on: { pointerdown: (event) => { event.preventDefault(); choose(number); } } }, nameText(names[number]))));
    if (!matches.length) list.replaceChildren(h('li', { class: 'soft', role: 'option', 'aria-disabled': 'true' }, 'no such name'));
    list.hidden = false;
    field.setAttribute('aria-expanded', 'true');
    mark(matches.length && words.length ? 0 : -1);
  };
  field.addEventListener('focus', search);
  field.addEventListener('input', search);
  field.addEventListener('blur', close);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) search();
      if (matches.length) mark((active + (event.key === 'ArrowDown' ? 1 : -1) + matches.length) % matches.length);
    } else if (event.key === 'Enter' && matches.length && active >= 0) {
      event.preventDefault();
      choose(matches[active]);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      field.value = '';
      field.blur();
    }
  });
};

// MARK: Keys, and what a drawing depends on

const keys = (views, show, clear) => addEventListener('keydown', (event) => {
  // A dialog has keys of its own.
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
    if (event.key === 'Escape') event.target.blur();
    return;
  }
  const view = views[+event.key - 1];
  if (event.key === '/') $('endpoint').focus();
  else if (event.key === 'c') $('consumer').focus();
  else if (event.key === 'Escape') clear();
  else if (view) show(view);
  else return;
  event.preventDefault();
});

const isDark = () => (document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
const themeButton = (draw) => {
  $('theme').addEventListener('click', () => {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
    draw();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => draw());
};

// `draw` is called where the width of charts has changed; with true for paper.
const redrawn = (draw) => {
  let resizing = null;
  addEventListener('resize', () => {
    clearTimeout(resizing);
    resizing = setTimeout(() => draw(), 80);
  });
  addEventListener('beforeprint', () => {
    paperWidth = 720;
    draw(true);
  });
  addEventListener('afterprint', () => {
    paperWidth = null;
    draw();
  });
};
