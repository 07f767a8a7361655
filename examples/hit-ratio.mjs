// Watches the hit ratio by events, and warns when it falls under 80 %.
import assert from 'node:assert/strict';
import { getOrCreate, MemoryCache } from 'distributed-cache';

/** Counts hits and misses. `report()` looks at what came since the last report; call it from a timer. */
function hitRatio({ warnUnder = 0.8, atLeast = 100, warn = console.warn } = {}) {
  let hits = 0;
  let misses = 0;
  return {
    onEvent(event) {
      if (event.type === 'hit') hits++;
      else if (event.type === 'miss') misses++;
    },
    report() {
      const reads = hits + misses;
      const ratio = reads === 0 ? 1 : hits / reads;
      // A few reads say nothing: after a start all of them are misses.
      if (reads >= atLeast && ratio < warnUnder)
        warn(`hit ratio ${percent(ratio)} of ${reads} reads is under ${percent(warnUnder)}`);
      hits = misses = 0;
      return { reads, ratio };
    },
  };
}

const percent = (ratio) => `${(100 * ratio).toFixed(1)} %`;

const warnings = [];
const monitor = hitRatio({
  warn(message) {
    warnings.push(message);
    console.log(`WARNING: ${message}`);
  },
});
const cache = new MemoryCache({ maxEntries: 100, onEvent: monitor.onEvent });
const read = (id) => getOrCreate(cache, `item:${id}`, () => ({ id }), { relativeExpiration: '5m' });

for (let i = 0; i < 1000; i++) await read(i % 50);
const good = monitor.report();
console.log(`50 items in a cache for 100: ${percent(good.ratio)}`);
assert.equal(good.reads, 1000);
assert.equal(good.ratio, 0.95);
assert.equal(warnings.length, 0);

// Read in a circle, twice as many items as there is room for: each is evicted just before it is asked for again.
for (let i = 0; i < 1000; i++) await read(1000 + (i % 200));
const bad = monitor.report();
assert.equal(bad.ratio, 0);
assert.equal(warnings.length, 1);

await cache.close();
