import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { HybridCache, MemoryCache } from '../../../dist/index.js';
import { RedisCache } from '../../../dist/redis.js';
import { median } from '../../quantile.mjs';
import { keysOf } from './hits.mjs';

export const title = 'The longest time that the event loop stood still';
export const needsRedis = true;

const entries = 100_000;
const keys = keysOf(entries);

/** The longest ms between two turns of the event loop while it runs. */
async function longestBlock(run) {
  let longest = 0;
  let last = performance.now();
  let isOver = false;
  const turn = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await sleep(20);
  longest = 0;
  await run();
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  isOver = true;
  return longest;
}

/** The median of some, each with what it needs made anew before. */
async function usualBlock(prepare) {
  const blocks = [];
  for (let n = 0; n < 5; n++) {
    const { run, close } = await prepare();
    // No forced collection: it has an aftermath of its own, tens of ms later.
    blocks.push(await longestBlock(run));
    await close?.();
  }
  return median(blocks);
}

const overRedis = () =>
  new HybridCache({
    distributed: new RedisCache({ connection: process.env.BENCH_REDIS, instanceName: `loop-${process.pid}:` }),
    ownsDistributed: true,
    maxPayloadBytes: 2 ** 25,
    local: { maxEntries: 2 * entries, maxBytes: 2 ** 31 },
    defaults: { expiration: '1h' },
  });

async function withCopies() {
  const cache = overRedis();
  await cache.ready();
  for (let first = 0; first < entries; first += 1_000) {
    await Promise.all(keys.slice(first, first + 1_000).map((key) => cache.set(key, 1)));
  }
  return cache;
}

export async function table() {
  const large = Array.from({ length: 30_000 }, (_, id) => ({ id, name: 'a product', text: 'x'.repeat(300) }));
  const text = JSON.stringify(large);
  const server = new Redis(process.env.BENCH_REDIS);
  const cases = {
    'JSON.parse of 10 MB': async () => ({ run: async () => void JSON.parse(text) }),
    'JSON.stringify of 10 MB': async () => ({ run: async () => void JSON.stringify(large) }),
    'HybridCache.get of 10 MB of JSON from Redis': async () => {
      const [writer, reader] = [overRedis(), overRedis()];
      await Promise.all([writer.ready(), reader.ready()]);
      await writer.set('large', large);
      return { run: () => reader.get('large'), close: () => Promise.all([writer.close(), reader.close()]) };
    },
    'HybridCache.set of 10 MB of JSON to Redis': async () => {
      const cache = overRedis();
      await cache.ready();
      return { run: () => cache.set('large', large), close: () => cache.close() };
    },
    'MemoryCache: 100,000 entries end at once': async () => {
      const cache = new MemoryCache({ maxBytes: 2 ** 30 });
      const end = Date.now() + 3_000;
      for (const key of keys) await cache.set(key, new Uint8Array(100), { absoluteExpiration: new Date(end) });
      const run = async () => {
        while (Date.now() < end || cache.size > 0) await sleep(10);
      };
      return { run, close: () => cache.close() };
    },
    'HybridCache: removeByPrefix of 100,000': async () => {
      const cache = await withCopies();
      return { run: () => cache.removeByPrefix('product:'), close: () => cache.close() };
    },
    'HybridCache: the channel is lost with 100,000 copies': async () => {
      const cache = await withCopies();
      const run = async () => {
        await server.client('KILL', 'TYPE', 'pubsub');
        await sleep(500);
      };
      return { run, close: () => cache.close() };
    },
  };
  const rows = [];
  for (const [what, prepare] of Object.entries(cases)) rows.push([what, (await usualBlock(prepare)).toFixed(1)]);
  server.disconnect();
  return { columns: ['', 'ms'], rows, notes: ['Medians of five.'] };
}
