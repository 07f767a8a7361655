import { filled, keysOf, timed } from './hits.mjs';

export const title = 'Local hit of two tiers over Redis, where changes by others are heard';
export const unit = 'ns';
export const needsRedis = true;

export async function prepare(library) {
  const keys = keysOf(1_000);
  // The bound is the map of this process.
  const cache = (await filled(library, keys, 100, 'tiered')) ?? (library.isBound && (await filled(library, keys, 100)));
  if (!cache) return undefined;
  // What was loaded goes with the message of its own change where those are heard; what is read stays.
  for (let pass = 0; pass < 5; pass++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const key of keys) await cache.getOrCreate(key, async () => ({}));
  }
  return () => timed(cache, keys, 50_000);
}
