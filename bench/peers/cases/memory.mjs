import { keysOf } from './hits.mjs';

export const title = 'Memory per local entry, 200,000 small values';
export const unit = 'bytes';
export const rounds = 5;

export async function prepare(library) {
  const count = 200_000;
  return async () => {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    // Keys are a part of what an entry takes, and made anew so that none is shared with another round.
    const cache = await library.local({ maxEntries: 2 * count });
    const keys = keysOf(count);
    for (const [id, key] of keys.entries()) await cache.getOrCreate(key, async () => ({ id }));
    keys.length = 0;
    // What waits for a turn, such as the end of a load, has had one.
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc();
    const bytes = (process.memoryUsage().heapUsed - before) / count;
    await cache.close?.();
    return bytes;
  };
}
