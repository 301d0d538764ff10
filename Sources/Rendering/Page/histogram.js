// Durations by bin.

// So many columns in parts of equally many, forty at most; the last may have fewer.
const partsOf = (count) => {
  const step = Math.ceil(count / 40);
  return { step, parts: Math.ceil(count / step) };
};

class Histogram {
  // So many bins, the first two of which are of requests without a duration, and of those that took no time. Of
  // each its least, largest and middle duration (ms), and its place on an axis of equal factors: `steps` are of
  // 2 ** (1 / 2 ** scale), as the data's scale is.
  constructor(count) {
    this.count = count;
    for (const name of ['least', 'largest', 'middle', 'steps']) this[name] = new Float64Array(count);
  }

  total(bins) {
    let sum = 0;
    for (let i = 1; i < bins.length; i++) sum += bins[i];
    return sum;
  }

  percentile(bins, q, range) {
    return this.percentiles(bins, [q], range)[0];
  }

  // Of nearest rank, in milliseconds, between the least and the largest of `range`; `qs` ascend.
  percentiles(bins, qs, range) {
    const total = this.total(bins);
    if (!total) return qs.map(() => null);
    let [sum, i] = [bins[1], 1];
    return qs.map((q) => {
      // As integers: 0.95 · 20 is a hair above 19.
      const rank = Math.max(1, Math.ceil((total * Math.round(q * 1e5)) / 1e5 - 1e-9));
      while (sum < rank) sum += bins[++i];
      const value = this.middle[i];
      return i === 1 || range?.[0] == null ? value : Math.min(Math.max(value, range[0]), range[1]);
    });
  }

  // [satisfied, tolerating, whether a threshold is within a bin that has durations on both sides of it].
  apdexCounts(bins, threshold) {
    let isEstimate = false;
    const upTo = (limit) => {
      let sum = bins[1];
      for (let i = 2; i < bins.length; i++) {
        if (!bins[i]) continue;
        if (this.largest[i] <= limit * (1 + 1e-9)) sum += bins[i];
        else if (this.least[i] <= limit * (1 + 1e-9)) {
          isEstimate = true;
          sum += (bins[i] * Math.log(limit / this.least[i])) / Math.log(this.largest[i] / this.least[i]);
        }
      }
      return sum;
    };
    const satisfied = upTo(threshold);
    return [satisfied, upTo(4 * threshold) - satisfied, isEstimate];
  }

  sum(bins) {
    let sum = 0;
    for (let i = 2; i < bins.length; i++) sum += bins[i] * this.middle[i];
    return sum;
  }
}

// Bins that are all of one factor.
class ExponentialHistogram extends Histogram {
  constructor(head) {
    super(head.bins);
    const unit = head.resolution;
    for (let i = 2; i < head.bins; i++) {
      this.steps[i] = head.lowestBin + i - 2;
      const bound = (b) => 1e9 * 2 ** (b / 2 ** head.scale);
      let low = bound(head.lowestBin + i - 2), high = bound(head.lowestBin + i - 1);
      // Where a bin holds only few multiples of the resolution, it is only these.
      const first = Math.floor((low / unit) * (1 + 1e-12)) + 1, last = Math.floor((high / unit) * (1 + 1e-12));
      if (first <= last) [low, high] = [first * unit, last * unit];
      this.least[i] = low / 1e6;
      this.largest[i] = high / 1e6;
      this.middle[i] = Math.round((2 * low * high) / (low + high)) / 1e6;
    }
  }
}
