// Hits of Redis by some callers, each of which asks for the next key as soon as it has the last one.
import { filled, keysOf } from './hits.mjs';

const sliceMs = 200;

export async function redisHits(library, { callers, bytes }) {
  const keys = keysOf(bytes > 10_000 ? 50 : 1_000);
  const cache = await filled(library, keys, bytes, 'redis');
  if (cache === undefined) return undefined;
  const noFactory = () => {
    throw new Error('a hit calls no factory');
  };
  let next = 0;
  /** us of one hit, or of a hit's share where there are several at once. */
  return async () => {
    let done = 0;
    const began = performance.now();
    const caller = async () => {
      while (performance.now() < began + sliceMs) {
        next = (next + 1) % keys.length;
        await cache.getOrCreate(keys[next], noFactory);
        done++;
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    return ((performance.now() - began) * 1_000) / done;
  };
}
