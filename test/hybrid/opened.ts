import { HybridCache, type HybridCacheOptions, MemoryCache } from 'distributed-cache';
import type { FakeClock } from 'distributed-cache/testing';
import { afterEach } from 'vitest';

const open: HybridCache[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((cache) => cache.close({ timeout: 1 })));
});

/** A cache that is closed after the test, whatever is under way by then. */
export function opened(options: HybridCacheOptions = {}): HybridCache {
  const cache = new HybridCache(options);
  open.push(cache);
  return cache;
}

/** What a cache by this clock may be made of. */
export const tiers: Record<string, (clock: FakeClock) => HybridCacheOptions> = {
  'two tiers': (clock) => ({ distributed: new MemoryCache({ clock }) }),
  'the local tier': () => ({}),
  'the distributed tier': (clock) => ({ distributed: new MemoryCache({ clock }), local: false }),
};

/** All that promises have to do. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
