import { HybridCache } from '../../../dist/index.js';
import { RedisCache } from '../../../dist/redis.js';
import { median } from '../../quantile.mjs';
import { keysOf, noFactory } from './hits.mjs';

export const title =
  'Growth: ns of a hit, a set and an evicting set, beside a Map with the same keys in the same order';

export const needsRedis = true;

const sizes = [1_000, 10_000, 100_000, 1_000_000];
const operations = 50_000;
const repeats = 5;

/** A cache whose values all share, so that what is measured is the tier and no serializer. */
const cacheOf = (maxEntries) =>
  new HybridCache({ local: { maxEntries, maxBytes: 2 ** 33 }, defaults: { expiration: '1h' }, sharing: 'reference' });

export async function table() {
  const rows = [];
  // For the compiler.
  await removals(keysOf(1_000));
  // First what forces collections, while there is little to look through.
  const ofRedis = [];
  for (const size of sizes) ofRedis.push(await removalsOfRedis(size));
  for (const [i, size] of sizes.entries()) rows.push({ ...(await rowOf(size)), ...ofRedis[i] });
  const ratio = (times, map) => `${times.toFixed(0)} (${(times / map).toFixed(1)})`;
  return {
    columns: [
      'entries',
      'Map get',
      'hit (to Map get)',
      'Map set',
      'set',
      'set that evicts',
      'clear, us',
      'removeByTag, us',
      'removeByPrefix, ns a key',
      'removeByPrefix of Redis, ns a key',
      'heap meanwhile, KB more',
    ],
    rows: rows.map((row) => [
      row.size.toLocaleString('en'),
      row.mapGet.toFixed(0),
      ratio(row.hit, row.mapGet),
      row.mapSet.toFixed(0),
      row.set.toFixed(0),
      row.evict.toFixed(0),
      row.clear.toFixed(0),
      row.byTag.toFixed(0),
      row.byPrefix.toFixed(0),
      row.ofRedis.toFixed(0),
      row.heap.toFixed(0),
    ]),
    notes: ['Medians of five loops of 50,000 in random order. Each entry has a tag of its own and one that all have.'],
  };
}

async function rowOf(size) {
  const keys = keysOf(size);
  const map = new Map();
  const cache = cacheOf(size);
  for (const [i, key] of keys.entries()) {
    map.set(key, { i });
    await cache.set(key, { i });
  }
  const order = Array.from({ length: operations }, () => keys[Math.floor(Math.random() * size)]);
  const value = { i: -1 };
  const mapGet = await timeOf(async () => {
    for (const key of order) await map.get(key);
  });
  const hit = await timeOf(async () => {
    for (const key of order) await cache.getOrCreate(key, noFactory);
  });
  const mapSet = await timeOf(async () => {
    for (const key of order) await map.set(key, value);
  });
  const set = await timeOf(async () => {
    for (const key of order) await cache.set(key, value);
  });
  let next = 0;
  const evict = await timeOf(async () => {
    for (let n = 0; n < operations; n++) await cache.set(`new:${next++}`, value);
  });
  await cache.close();
  return { size, mapGet, hit, mapSet, set, evict, ...(await removals(keys)) };
}

/** ns of one of the operations of a loop, the median of some. */
async function timeOf(loop) {
  const times = [];
  for (let n = -1; n < repeats; n++) {
    const began = performance.now();
    await loop();
    if (n >= 0) times.push(((performance.now() - began) * 1e6) / operations);
  }
  return median(times);
}

async function removals(keys) {
  const cache = cacheOf(keys.length);
  for (const [i, key] of keys.entries()) await cache.set(key, i, { tags: ['all', `tag:${i}`] });
  const byTag = await took(() => cache.removeByTag('all'));
  const clear = await took(() => cache.clear());
  await cache.close();
  const other = cacheOf(keys.length);
  for (const [i, key] of keys.entries()) await other.set(key, i);
  const byPrefix = await took(() => other.removeByPrefix('product:'));
  await other.close();
  return { byTag, clear, byPrefix: (byPrefix * 1_000) / keys.length };
}

/** How the time and the memory of this process grow with what is scanned and removed on the server. */
async function removalsOfRedis(size) {
  const cache = new RedisCache({ connection: process.env.BENCH_REDIS, instanceName: `growth-${process.pid}:` });
  await cache.ready();
  const value = new Uint8Array(100);
  for (let first = 0; first < size; first += 1_000) {
    await cache.batch.setMany(Array.from({ length: 1_000 }, (_, i) => ({ key: `product:${first + i}`, value })));
  }
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  let most = before;
  // What is garbage by then does not count.
  const watching = setInterval(() => {
    globalThis.gc();
    most = Math.max(most, process.memoryUsage().heapUsed);
  }, 100);
  const time = await took(() => cache.prefixes.removeByPrefix('product:'));
  clearInterval(watching);
  await cache.close();
  return { ofRedis: (time * 1_000) / size, heap: (most - before) / 1_024 };
}

/** us of something that is done once. */
async function took(run) {
  const began = performance.now();
  await run();
  return (performance.now() - began) * 1_000;
}
