// What local hits and entries cost beside lru-cache's, in one process, on the built package: lines of JSON, one a try, for as long as
// somebody listens.
import { HybridCache } from 'distributed-cache';
import { LRUCache } from 'lru-cache';

const hits = 50_000;
const entries = 20_000;
const keys = Array.from({ length: 100 }, (_, i) => `product:${i}`);
const made = (i) => JSON.parse(JSON.stringify({ id: i, name: 'a product', text: 'x'.repeat(60) }));

const cacheOf = (maxEntries) => new HybridCache({ local: { maxEntries, maxBytes: 2 ** 30 } });

const lru = new LRUCache({ max: 100 });
const cache = cacheOf(100);
for (const [i, key] of keys.entries()) {
  lru.set(key, made(i));
  await cache.set(key, made(i));
}
const noFactory = () => {
  throw new Error('a hit calls no factory');
};

async function awaited(ask) {
  const began = performance.now();
  for (let n = 0; n < hits; n++) await ask(keys[n % 100]);
  return performance.now() - began;
}

function direct(ask) {
  const began = performance.now();
  let found = 0;
  for (let n = 0; n < hits; n++) if (ask(keys[n % 100]) !== undefined) found++;
  if (found !== hits) throw new Error('not all were held');
  return performance.now() - began;
}

const getOrCreate = (key) => cache.getOrCreate(key, noFactory);
const peek = (key) => cache.peek(key);
const get = (key) => lru.get(key);

/** Bytes a call allocates; the young generation is so large that nothing is collected meanwhile. */
async function allocated(ask) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  await awaited(ask);
  return (process.memoryUsage().heapUsed - before) / hits;
}

function used() {
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Bytes an entry takes, key and value included. */
async function entrySize(make, set) {
  const before = used();
  const cached = make();
  for (let i = 0; i < entries; i++) await set(cached, `entry:${i}`, made(i));
  const size = (used() - before) / entries;
  await cached.close?.();
  return size;
}

for (;;) {
  const bytes = (await allocated(getOrCreate)) - (await allocated(get));
  // Collections throw compiled code away.
  for (let n = 0; n < 5; n++) await awaited(n % 2 === 0 ? getOrCreate : get);
  for (let n = 0; n < 5; n++) direct(n % 2 === 0 ? peek : get);
  const hit = (await awaited(getOrCreate)) / (await awaited(get));
  const look = direct(peek) / direct(get);
  const own = await entrySize(
    () => cacheOf(entries),
    (cached, key, value) => cached.set(key, value),
  );
  const other = await entrySize(
    () => new LRUCache({ max: entries }),
    (cached, key, value) => cached.set(key, value),
  );
  console.log(JSON.stringify({ hit, peek: look, bytes, memory: own / other }));
}
