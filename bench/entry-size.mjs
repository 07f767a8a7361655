// What an entry of MemoryCache, and a local copy of HybridCache, takes beside the bytes of its key and value: the figures behind
// `entryOverhead` and `overheadBytes`.
// node --expose-gc bench/entry-size.mjs   (needs `npm run build`)
import { HybridCache, MemoryCache } from 'distributed-cache';

const count = 200_000;
const length = 100;

function used() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

for (const options of [undefined, { relativeExpiration: '1h' }, { slidingExpiration: '1h' }]) {
  const keys = Array.from({ length: count }, (_, i) => `key:${String(i).padStart(8, '0')}`);
  for (const key of keys) ({})[key]; // flattened and internalized: the keys are paid for before the measurement
  const cache = new MemoryCache({ maxBytes: 1e9 });
  const before = used();
  for (const key of keys) await cache.set(key, new Uint8Array(length), options);
  const each = (used() - before) / count - length;
  console.log(
    `${JSON.stringify(options) ?? 'no expiration'}: ${each.toFixed(0)} bytes an entry beside its key and its value`,
  );
  await cache.close();
}

const kinds = [
  {},
  { tags: ['products'] },
  { tags: ['products', 'supplier:7'] },
  { failSafe: true },
  { eagerRefresh: 0.8, tags: ['products'] },
];
for (const options of kinds) {
  const keys = Array.from({ length: count }, (_, i) => `copy:${String(i).padStart(8, '0')}`);
  for (const key of keys) ({})[key];
  const cache = new HybridCache({ local: { maxEntries: count, maxBytes: 1e9 } });
  const before = used();
  // A number is in the slot itself: all that is taken is ours.
  for (const key of keys) await cache.set(key, 1, options);
  // The first hit makes the promise.
  for (const key of keys) await cache.getOrCreate(key, () => 1);
  const each = (used() - before) / count;
  console.log(`${JSON.stringify(options)}: ${each.toFixed(0)} bytes a local copy beside its key and its value`);
  await cache.close();
}
