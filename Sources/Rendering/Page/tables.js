// Tables that can be sorted. A column is { key, title, cell(row), value(row) for sorting, leaves }: columns leave
// narrow screens in the order of `leaves`, 1 first.

const table = (place, { id, caption, columns, rows, top = 12, sort, state, redraw, isChosen, choose, empty }) => {
  const order = state.sort[id] ?? { key: sort, isDescending: true };
  const column = columns.find((column) => column.key === order.key) ?? columns[0];
  const rank = (row) => {
    const value = column.value ? column.value(row) : row[column.key];
    return value == null || Number.isNaN(value) ? null : value;
  };
  // What is not known comes last, whichever way.
  const compared = (one, other) => {
    const [x, y] = [rank(one), rank(other)];
    if (x == null || y == null) return (x == null) - (y == null);
    const difference = typeof x === 'string' ? (x < y ? -1 : x > y ? 1 : 0) : x - y;
    return order.isDescending ? -difference : difference;
  };
  const sorted = [...rows].sort((one, other) => compared(one, other) || other.n - one.n || one.number - other.number);
  const isOpen = state.open[id] || sorted.length <= top + 2;
  const shown = isOpen ? sorted : sorted.slice(0, top);
  const sortBy = (column) => {
    const isSame = order.key === column.key;
    state.sort[id] = { key: column.key, isDescending: isSame ? !order.isDescending : column.key !== 'name' };
    redraw();
    $(place.id)?.querySelector(`[data-sort="${column.key}"]`)?.focus();
  };
  const head = columns.map((column) => {
    const isSorted = column.key === order.key;
    const mark = isSorted ? (order.isDescending ? ' ↓' : ' ↑') : '';
    return h('th', { scope: 'col', class: `leaves-${column.leaves ?? 0}`, 'aria-sort': isSorted ? (order.isDescending ? 'descending' : 'ascending') : column.fixed ? null : 'none' },
      column.fixed ? h('span', {}, column.title) : h('button', { type: 'button', 'data-sort': column.key, on: { click: () => sortBy(column) } }, column.title + mark));
  });
  const body = shown.map((row) => {
    const isThis = isChosen?.(row);
    return h('tr', { class: `${choose ? 'pick' : ''} ${isThis ? 'this' : ''}`, on: choose ? { click: () => choose(row) } : null },
      columns.map((column, i) => {
        const attributes = { class: `leaves-${column.leaves ?? 0}` };
        if (i) return h('td', attributes, column.cell(row));
        const name = column.cell(row);
        return h('th', { ...attributes, scope: 'row' }, choose ? h('button', { type: 'button', class: 'name', 'aria-pressed': isThis ? 'true' : 'false' }, name) : h('span', { class: 'name' }, name));
      }));
  });
  place.replaceChildren(
    rows.length
      ? h('table', {}, h('caption', { class: 'sr' }, caption), h('thead', {}, h('tr', {}, head)), h('tbody', {}, body))
      : note(empty ?? 'Nothing under this filter.'));
  if (sorted.length > top + 2) {
    place.append(h('button', { type: 'button', class: 'more', on: { click: () => { state.open[id] = !state.open[id]; redraw(); } } },
      isOpen ? 'Show fewer' : `Show all ${whole(sorted.length)}`));
  }
};

// A share of errors; coloured only where it is beyond chance 1.5 times that of all rows.
const shareCell = (part, n, all, allN, color) => {
  if (!part) return h('span', { class: 'soft' }, '0');
  const rate = all / allN;
  const isHigh = allN > n && part / n >= 1.5 * rate && (part - n * rate) / Math.sqrt(n * rate * (1 - rate) + 1e-9) > 4;
  return h('span', { class: isHigh ? color : null }, isHigh ? '▲ ' : '', shareText(part, n));
};
