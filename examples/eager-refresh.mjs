// A value that is refreshed before its end: its source is slow, and after the first load no caller notices.
import assert from 'node:assert/strict';
import { HybridCache, MemoryCache } from 'distributed-cache';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let queries = 0;
const loadRates = async () => {
  await pause(60);
  return { version: ++queries };
};

const distributed = new MemoryCache();
const cache = new HybridCache({ distributed, ownsDistributed: true, defaults: { expiration: 400, eagerRefresh: 0.5 } });
await cache.getOrCreate('rates', loadRates);

const versions = new Set();
let slowest = 0;
const end = performance.now() + 1_500;
while (performance.now() < end) {
  const began = performance.now();
  const { version } = await cache.getOrCreate('rates', loadRates);
  slowest = Math.max(slowest, performance.now() - began);
  versions.add(version);
  await pause(5);
}
console.log(
  `${versions.size} versions seen in 1.5 s, the slowest call took ${slowest.toFixed(1)} ms, the source takes 60`,
);
assert.ok(versions.size >= 3, 'it was refreshed again and again');
assert.ok(slowest < 50, 'nobody waited for the source');
assert.equal(cache.stats.misses, 1);
await cache.close();
