// Values that are stored compressed and encrypted, and what becomes of an entry that somebody tampers with.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { HybridCache, MemoryCache } from 'distributed-cache';
import { compressed } from 'distributed-cache/compression';
import { encrypted } from 'distributed-cache/encryption';

// In place of a RedisCache: what lies here is what would lie there.
const backend = new MemoryCache();
const keys = [{ id: '2026-11', key: randomBytes(32) }];
const events = [];
const distributed = compressed(encrypted(backend, { keys, onEvent: (event) => events.push(event) }));
const cache = new HybridCache({ distributed, local: false });

const report = { rows: Array.from({ length: 500 }, (_, id) => ({ id, name: `customer ${id}` })) };
let runs = 0;
const load = () => {
  runs++;
  return report;
};
assert.deepEqual(await cache.getOrCreate('report', load), report);
const stored = Buffer.from(await backend.get('report'));
console.log(`${JSON.stringify(report).length} bytes of JSON are stored in ${stored.length}`);
assert.ok(stored.length < 5_000 && !stored.includes('customer'));

// One bit of the entry is changed: it is loaded again.
stored[stored.length - 20] ^= 1;
await backend.set('report', stored);
assert.deepEqual(await cache.getOrCreate('report', load), report);
assert.equal(runs, 2);
console.log(`tampered with: ${events.find(({ type }) => type === 'corrupt').error.message}`);

// The next key writes, the last one still reads.
const rotated = [{ id: '2027-01', key: randomBytes(32) }, ...keys];
const next = new HybridCache({ distributed: compressed(encrypted(backend, { keys: rotated })), local: false });
assert.deepEqual(await next.getOrCreate('report', load), report);
assert.equal(runs, 2);
console.log('read with the next key in place');
await Promise.all([cache.close(), next.close()]);
