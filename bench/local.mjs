// What a hit costs: MemoryCache.get and getOrCreate beside `await lru.get(key)`, in one run, in shuffled rounds.
// node --expose-gc bench/local.mjs   (needs `npm run build`)
import { getOrCreate, MemoryCache, prefixed, setJson } from 'distributed-cache';
import { LRUCache } from 'lru-cache';
import { median } from './quantile.mjs';

const entries = 10_000;
const rounds = 15;
const hits = 200_000;
const keys = Array.from({ length: entries }, (_, i) => `key:${i}`);
const value = { id: 1, name: 'a small value', tags: ['a', 'b'] };

const lru = new LRUCache({ max: entries });
const borrowing = new MemoryCache({ copy: false });
const copying = new MemoryCache();
const expiring = new MemoryCache({ copy: false });
for (const key of keys) {
  lru.set(key, value);
  for (const cache of [borrowing, copying]) await setJson(cache, key, value);
  await setJson(expiring, key, value, { relativeExpiration: '1h' });
}
const view = prefixed(borrowing, 'key:');
const shortKeys = keys.map((key) => key.slice('key:'.length));
const factory = () => {
  throw new Error('expected a hit');
};

const cases = {
  'await lru.get(key)': (i) => lru.get(keys[i]),
  'MemoryCache.get, copy: false': (i) => borrowing.get(keys[i]),
  'MemoryCache.get, copy: false, with an expiration': (i) => expiring.get(keys[i]),
  'MemoryCache.get': (i) => copying.get(keys[i]),
  'prefixed(MemoryCache).get, copy: false': (i) => view.get(shortKeys[i]),
  'getOrCreate, JSON': (i) => getOrCreate(copying, keys[i], factory),
  'JSON.parse of the same value': () => JSON.parse('{"id":1,"name":"a small value","tags":["a","b"]}'),
};

async function time(run) {
  const started = process.hrtime.bigint();
  for (let n = 0, i = 0; n < hits; n++, i = i + 1 === entries ? 0 : i + 1) await run(i);
  return Number(process.hrtime.bigint() - started) / hits;
}

const samples = new Map(Object.keys(cases).map((name) => [name, []]));
for (const run of Object.values(cases)) await time(run);
for (let round = 0; round < rounds; round++) {
  for (const name of Object.keys(cases).sort(() => Math.random() - 0.5)) {
    globalThis.gc?.();
    samples.get(name).push(await time(cases[name]));
  }
}

const base = median(samples.get('await lru.get(key)'));
console.log(`Node ${process.version}, ${entries} keys, ${rounds} rounds of ${hits} hits, medians`);
for (const [name, list] of samples) {
  const ns = median(list);
  console.log(`${name.padEnd(50)} ${ns.toFixed(0).padStart(6)} ns  ${(ns / base).toFixed(2).padStart(6)}`);
}
