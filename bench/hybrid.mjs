// What a local hit of HybridCache costs beside `await lru.get(key)`, in one run, in shuffled slices: in this process only, and over a
// Redis with coherence on. Keys come in an order that no memory foresees.
// npm run bench:hybrid [-- --rounds 40 --keys 10000]   (needs `npm run build`)
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { HybridCache } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { median } from './quantile.mjs';
import { startServer } from './redis-server.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '40' }, keys: { type: 'string', default: '10000' } },
});
const [rounds, keyCount] = [values.rounds, values.keys].map(Number);
const keys = Array.from({ length: keyCount }, (_, i) => `product:${i}`);
const value = (i, bytes) => ({ id: i, name: 'a product', text: 'x'.repeat(bytes) });
const factory = () => {
  throw new Error('a hit calls no factory');
};
const limits = { maxEntries: 2 * keyCount, maxBytes: 2 ** 30 };

const lru = new LRUCache({ max: 2 * keyCount });
for (const [i, key] of keys.entries()) lru.set(key, value(i, 100));

async function filled(options, bytes) {
  const cache = new HybridCache({ local: limits, ...options });
  await cache.ready();
  await cache.setMany(keys.map((key, i) => ({ key, value: value(i, bytes), options: { expiration: '1h' } })));
  // What is set goes with its own echo where changes are heard; what is read stays.
  for (let missing = keys; missing.length > 0; missing = missing.filter((key) => cache.peek(key) === undefined))
    await cache.getMany(missing);
  return cache;
}

const server = await startServer();
const client = new Redis(server.url);
await once(client, 'ready');
const alone = await filled({}, 100);
const large = await filled({}, 10_000);
const coherent = await filled({ distributed: new RedisCache({ connection: client, instanceName: 'bench:' }) }, 100);

const hits = 20_000;
const loop = (one) => async () => {
  for (let n = 0, i = 0; n < hits; n++) {
    await one(keys[i]);
    i = (i + 7919) % keyCount;
  }
};
const cases = {
  'await lru.get(key)': loop((key) => lru.get(key)),
  'getOrCreate, this process only': loop((key) => alone.getOrCreate(key, factory)),
  'getOrCreate, 10 KB values': loop((key) => large.getOrCreate(key, factory)),
  'getOrCreate, coherence on': loop((key) => coherent.getOrCreate(key, factory)),
};
const synchronous = (one) => async () => {
  for (let n = 0, i = 0; n < hits; n++) {
    one(keys[i]);
    i = (i + 7919) % keyCount;
  }
};
const peeks = {
  'lru.get(key)': synchronous((key) => lru.get(key)),
  'peek, coherence on': synchronous((key) => coherent.peek(key)),
};

for (const [base, group] of [
  ['await lru.get(key)', cases],
  ['lru.get(key)', peeks],
]) {
  const times = Object.fromEntries(Object.keys(group).map((name) => [name, []]));
  for (const run of Object.values(group)) for (let i = 0; i < 5; i++) await run();
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(group).sort(() => Math.random() - 0.5)) {
      const begun = performance.now();
      await group[name]();
      times[name].push(((performance.now() - begun) * 1e6) / hits);
    }
  }
  console.log(
    `\nNode ${process.version}, ${keyCount} keys, ${rounds} rounds of ${hits} hits, medians`.padEnd(60),
    '    ns  ratio',
  );
  // Of neighbours in one round, since the machine's speed goes up and down.
  for (const name of Object.keys(group)) {
    const ratio = median(times[name].map((time, i) => time / times[base][i]));
    console.log(`  ${name.padEnd(56)} ${median(times[name]).toFixed(1).padStart(7)} ${ratio.toFixed(2).padStart(6)}`);
  }
}

await Promise.all([alone, large, coherent].map((cache) => cache.close()));
client.disconnect();
await server.stop();
