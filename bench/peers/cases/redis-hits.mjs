// Operations on Redis by some callers, each of which asks for the next key as soon as it has the last one.
import { Redis } from 'ioredis';
import { serverCpu } from '../../server-cpu.mjs';
import { filled, keysOf, noFactory, valueWith } from './hits.mjs';

const sliceMs = 200;

export async function redisHits(library, { callers, bytes }) {
  const keys = keysOf(bytes > 10_000 ? 50 : 1_000);
  const cache = await filled(library, keys, bytes, 'redis');
  if (cache === undefined) return undefined;
  return slices(callers, keys, (key) => cache.getOrCreate(key, noFactory));
}

/** Sets of JSON of 1 KB. */
export async function redisSets(library, callers) {
  const keys = keysOf(1_000);
  const cache = await filled(library, keys, 1_000, 'redis');
  if (cache?.set === undefined) return undefined;
  const value = valueWith(1, 1_000);
  return slices(callers, keys, (key) => cache.set(key, value));
}

/** A hundred at once, by one caller: `getMany` or `setMany`. */
export async function redisMany(library, kind) {
  const keys = keysOf(1_000);
  const cache = await filled(library, keys, 1_000, 'redis');
  if (cache?.[kind] === undefined) return undefined;
  const lists = Array.from({ length: 10 }, (_, i) => keys.slice(i * 100, (i + 1) * 100));
  const value = valueWith(1, 1_000);
  if (kind === 'setMany') return slices(1, lists, (list) => cache.setMany(list.map((key) => [key, value])));
  return slices(1, lists, async (list) => {
    const found = await cache.getMany(list);
    if (found.length !== list.length || found.includes(undefined)) throw new Error('not all were found');
  });
}

/** Rounds that time an operation, with the CPU that client and server spend for it. */
export async function slices(callers, keys, operate) {
  const asking = new Redis(process.env.BENCH_REDIS);
  let next = 0;
  return async () => {
    let done = 0;
    const [serverBefore, clientBefore] = [await serverCpu(asking), process.cpuUsage()];
    const began = performance.now();
    const caller = async () => {
      while (performance.now() < began + sliceMs) {
        next = (next + 1) % keys.length;
        await operate(keys[next]);
        done++;
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    // us of one, or of its share where there are several at once.
    const value = ((performance.now() - began) * 1_000) / done;
    const { user, system } = process.cpuUsage(clientBefore);
    const server = (await serverCpu(asking)) - serverBefore;
    return { value, more: { "client's CPU": (user + system) / done, "server's CPU": server / done } };
  };
}
