// What an entry of MemoryCache takes beside the bytes of its key and value: the figure behind `entryOverhead`.
// node --expose-gc bench/entry-size.mjs   (needs `npm run build`)
import { MemoryCache } from 'distributed-cache';

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
