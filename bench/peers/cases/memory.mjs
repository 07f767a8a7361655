import { keysOf, valueWith } from './hits.mjs';

export const title = 'Memory per local entry, 200,000 values of 100 B of JSON';
export const unit = 'bytes';
export const rounds = 5;
export const warmUps = 1;

/** Beside the heap there are arrays of numbers, which some keep their lists in. */
function used() {
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

export async function prepare(library) {
  const count = 200_000;
  return async () => {
    const before = used();
    // Keys are a part of what an entry takes, and made anew so that none is shared with another round.
    const cache = await library.local({ maxEntries: 2 * count });
    const keys = keysOf(count);
    for (const [id, key] of keys.entries())
      await cache.getOrCreate(key, async () => JSON.parse(JSON.stringify(valueWith(id, 100))));
    keys.length = 0;
    // What waits for a turn, such as the end of a load, has had one.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const bytes = (used() - before) / count;
    await cache.close?.();
    return bytes;
  };
}
