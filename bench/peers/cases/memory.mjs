import { keysOf, valueWith } from './hits.mjs';

export const title = 'Memory per local entry, 200,000 values of 100 B of JSON';
export const unit = 'bytes';
export const rounds = 5;
export const warmUps = 1;

/** Beside the heap there are arrays of numbers, which some keep their lists in. */
async function used() {
  // What waits for a turn, such as the end of a load, has one; what a collection leaves to be done in the background, too.
  for (let n = 0; n < 3; n++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

export async function prepare(library) {
  const count = 200_000;
  return async () => {
    const before = await used();
    // Keys are a part of what an entry takes, and made anew so that none is shared with another round.
    const cache = await library.local({ maxEntries: 2 * count });
    const keys = keysOf(count);
    for (const [id, key] of keys.entries())
      await cache.getOrCreate(key, async () => JSON.parse(JSON.stringify(valueWith(id, 100))));
    keys.length = 0;
    const bytes = ((await used()) - before) / count;
    await cache.close?.();
    return bytes;
  };
}
