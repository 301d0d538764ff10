// Numbers and moments as text, as the terminal writes them. Durations are in milliseconds, moments in seconds
// since 1970, all in UTC.

const grouping = new Intl.NumberFormat('en-US');
const whole = (x) => grouping.format(Math.round(x));
// All digits, as long as a tile has room for them.
const compact = (x) => (x < 1e8 ? whole(x) : x < 999.5e6 ? (x / 1e6).toFixed(1) + ' M' : (x / 1e9).toFixed(2) + ' G');
const axisNumber = (x) => {
  if (x >= 1e9) return +(x / 1e9).toFixed(2) + ' G';
  if (x >= 1e6) return +(x / 1e6).toFixed(2) + ' M';
  if (x >= 1e4) return +(x / 1e3).toFixed(1) + ' k';
  return whole(x);
};
const counted = (n, noun, plural) => `${whole(n)} ${n === 1 ? noun : plural ?? noun + 's'}`;

const bytesText = (x) => {
  if (x >= 999.5e9) return (x / 1e12).toFixed(2) + ' TB';
  if (x >= 999.5e6) return (x / 1e9).toFixed(2) + ' GB';
  if (x >= 999.5e3) return (x / 1e6).toFixed(1) + ' MB';
  if (x >= 1e3) return (x / 1e3).toFixed(1) + ' kB';
  return whole(x) + ' B';
};

// With three digits at most, and no digit finer than what the log's durations are multiples of.
const durationText = (ms, resolution = 1e-6) => {
  if (ms == null) return '–';
  if (ms === 0) return resolution >= 1 ? '0 ms' : '0 s';
  if (ms < resolution) return `< ${axisDuration(resolution)}`;
  if (ms >= 3.6e6) return (ms / 3.6e6).toFixed(1) + ' h';
  const units = [[1e3, 's'], [1, 'ms'], [1e-3, 'µs'], [1e-6, 'ns']];
  const [size, name] = units.find(([size]) => ms >= size * 0.9995) ?? units[3];
  const value = ms / size;
  let places = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  if (size <= 1 && size > 1e-6) places = Math.max(0, places - 1);
  let known = 0;
  for (let unit = size; unit > resolution * 1.000001 && known < places; known++) unit /= 10;
  return value.toFixed(known) + ' ' + name;
};

// A power of ten, or twice or five times as much: without digits behind the point.
const axisDuration = (ms) => {
  const [size, name] = [[1e3, 's'], [1, 'ms'], [1e-3, 'µs'], [1e-6, 'ns']].find(([size]) => ms >= size * 0.9995) ?? [1e-6, 'ns'];
  return `${+(ms / size).toPrecision(3)} ${name}`;
};

// One decimal, two below 1 %.
const shareText = (part, all) => {
  if (!part || !all) return '0 %';
  const percent = (part / all) * 100;
  if (percent < 0.01) return '< 0.01 %';
  return percent.toFixed(percent < 0.995 ? 2 : 1) + ' %';
};

const spanText = (seconds) => {
  const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const i = units.findIndex(([size]) => seconds >= size);
  if (i < 0) return '0 s';
  const [size, name] = units[i];
  const rest = units[i + 1] ? Math.floor((seconds % size) / units[i + 1][0]) : 0;
  return `${whole(Math.floor(seconds / size))} ${name}` + (rest ? ` ${rest} ${units[i + 1][1]}` : '');
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const two = (n) => String(n).padStart(2, '0');
const dayText = (s) => {
  const d = new Date(s * 1e3);
  return `${MONTHS[d.getUTCMonth()]} ${d.getUTCDate()}`;
};
const clockText = (s, seconds = false) => {
  const d = new Date(s * 1e3);
  const text = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  return seconds ? `${text}:${two(d.getUTCSeconds())}` : text;
};
const dateText = (s) => {
  const d = new Date(s * 1e3);
  return `${WEEKDAYS[d.getUTCDay()]}, ${dayText(s)}, ${d.getUTCFullYear()}`;
};
const isoText = (s) => new Date(s * 1e3).toISOString();
const momentText = (s, seconds = false) => {
  const d = new Date(s * 1e3);
  return `${WEEKDAYS[d.getUTCDay()]} ${dayText(s)} ${clockText(s, seconds)}`;
};
// From one moment to another, with no part said twice.
const periodText = (from, to) => {
  const seconds = to - from < 600;
  const day = (s) => Math.floor(s / 86400);
  const ends = to % 86400 === 0 && from % 86400 === 0;
  if (ends) {
    return day(to) - day(from) === 1 ? momentText(from).slice(0, -6) : `${momentText(from).slice(0, -6)} – ${momentText(to - 86400).slice(0, -6)}`;
  }
  return day(from) === day(to - 1e-3)
    ? `${momentText(from, seconds)} – ${clockText(to, seconds)}`
    : `${momentText(from, seconds)} – ${momentText(to, seconds)}`;
};
