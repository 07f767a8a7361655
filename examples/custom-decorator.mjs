// A decorator of one's own: values are gzipped, and every operation of the cache under it is timed.
// Batches, prefixes, leases and getOrCreate go on working: `decorate` maps every capability.
import assert from 'node:assert/strict';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  decorate,
  getJson,
  getOrCreate,
  MemoryCache,
  prefixed,
  removeByPrefix,
  setJson,
  setMany,
} from 'distributed-cache';

export const gzipped = (cache) =>
  decorate(cache, {
    name: 'gzip',
    encode: (value) => gzipSync(value),
    decode(stored) {
      try {
        return gunzipSync(stored);
      } catch {
        return undefined; // not gzip: a miss, so that it is loaded anew
      }
    },
  });

export const timed = (cache, onTime) =>
  decorate(cache, {
    name: 'timed',
    async around(operation, next) {
      const started = performance.now();
      try {
        return await next();
      } finally {
        onTime(operation.name, performance.now() - started);
      }
    },
  });

const memory = new MemoryCache();
const times = new Map();
const count = (name) => times.set(name, (times.get(name) ?? 0) + 1);
const cache = timed(gzipped(prefixed(memory, 'app:')), count);
console.log(`the cache is called ${cache.name}`);
assert.equal(cache.name, 'timed(gzip(prefixed(memory)))');

const text = 'the same words again and again. '.repeat(500);
await setJson(cache, 'page', { text });
const stored = await memory.get('app:page');
console.log(`${text.length} characters are stored in ${stored.length} bytes`);
assert.ok(stored.length < text.length / 10);
assert.deepEqual(await getJson(cache, 'page'), { text });

// Capabilities come through.
const bytes = new TextEncoder().encode('hello');
await setMany(cache, [
  { key: 'list:1', value: bytes },
  { key: 'list:2', value: bytes },
]);
assert.equal(await removeByPrefix(cache, 'list:'), 2);

// So does the promise that callers share one load, whichever wrapper they hold.
let runs = 0;
const factory = () => ({ run: ++runs });
const values = await Promise.all([
  getOrCreate(cache, 'shared', factory),
  getOrCreate(timed(gzipped(prefixed(memory, 'app:')), count), 'shared', factory),
]);
assert.deepEqual(values, [{ run: 1 }, { run: 1 }]);

// Bytes that somebody else wrote are no gzip: a miss, and they are replaced.
await memory.set('app:foreign', bytes);
assert.equal(await getOrCreate(cache, 'foreign', () => 'loaded'), 'loaded');
assert.equal(await getJson(cache, 'foreign'), 'loaded');

console.log('operations:', [...times].map(([name, times]) => `${name} ${times}`).join(', '));
assert.ok(times.get('get') > 0 && times.get('setMany') === 1 && times.get('removeByPrefix') === 1);
await cache.close(); // closes the memory cache under it
await assert.rejects(memory.get('app:page'), { code: 'ERR_CACHE_CLOSED' });
