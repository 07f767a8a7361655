import { decorate, HybridCache, MemoryCache } from 'distributed-cache';
import { describe, expect, it } from 'vitest';
import { deferred } from './deferred.js';

/** A cache whose distributed one answers when the test says so; operations that are named to be free do at once. */
function gated({ ownsDistributed = true, free = [] as readonly string[] } = {}) {
  const gate = deferred<void>();
  const begun = deferred<string>();
  const distributed = decorate(new MemoryCache(), {
    name: 'gated',
    around: async ({ name }, next) => {
      if (name === 'listen' || free.includes(name)) return next();
      begun.resolve(name);
      await gate.promise;
      return next();
    },
  });
  return { cache: new HybridCache({ distributed, ownsDistributed }), gate, begun };
}

describe('close', () => {
  it.each([
    ['set', (cache: HybridCache) => cache.set('k', 1)],
    ['remove', (cache: HybridCache) => cache.remove('k')],
    ['removeByTag', (cache: HybridCache) => cache.removeByTag('t')],
    ['removeByPrefix', (cache: HybridCache) => cache.removeByPrefix('k')],
    ['clear', (cache: HybridCache) => cache.clear()],
    ['get', (cache: HybridCache) => cache.get('k')],
    ['getOrCreate', (cache: HybridCache) => cache.getOrCreate('k', () => 1)],
  ])('waits for a %s that is under way, which then ends well', async (_, call) => {
    const { cache, gate, begun } = gated();
    const result = call(cache);
    await begun.promise;
    let isClosed = false;
    const closing = cache.close({ timeout: '1m' }).then(() => {
      isClosed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    gate.resolve();
    await result;
    await closing;
  });

  it('keeps nothing of a set that ends after it', async () => {
    const { cache, gate, begun } = gated({
      ownsDistributed: false,
      free: ['get', 'getOrLease', 'commit', 'readTimes'],
    });
    // The times of tags are known from here on, so that what is set could be served.
    await cache.ready();
    await cache.getOrCreate('warm', () => 1);
    await cache.get('warm');
    expect(cache.peek('warm')).toBe(1);
    const set = cache.set('k', 1);
    await begun.promise;
    await cache.close({ timeout: 1 });
    gate.resolve();
    await set;
    expect(cache.peek('k')).toBeUndefined();
    await expect(cache.getOrCreate('k', () => 2)).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' });
  });
});
