import { HybridCache, MemoryCache, prefixed } from 'distributed-cache';
import { FakeClock } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';
import { describeHybrid } from './suite.js';

const kinds = {
  'over a memory cache': () => ({ distributed: new MemoryCache() }),
  'over a prefixed memory cache': () => ({ distributed: prefixed(new MemoryCache(), 'app:') }),
  'over a cache without capabilities': () => {
    const inner = new MemoryCache();
    const plain = {
      get: (key: string) => inner.get(key),
      set: inner.set.bind(inner),
      refresh: (key: string) => inner.refresh(key),
      remove: (key: string) => inner.remove(key),
    };
    return { distributed: plain };
  },
  'over a cache, nothing local': () => ({ distributed: new MemoryCache(), local: false as const }),
  'with nothing behind it': () => ({}),
};

for (const [kind, options] of Object.entries(kinds)) describeHybrid(kind, options);

describe('HybridCache, by a clock that is moved,', () => {
  const tiers = {
    'two tiers': (clock: FakeClock) => ({ clock, distributed: new MemoryCache({ clock }) }),
    'the local tier': (clock: FakeClock) => ({ clock }),
    'the distributed tier': (clock: FakeClock) => ({
      clock,
      distributed: new MemoryCache({ clock }),
      local: false as const,
    }),
  };

  it.each(Object.entries(tiers))('keeps nothing past its expiration: %s', async (_, options) => {
    const clock = new FakeClock();
    await using cache = new HybridCache(options(clock));
    await cache.set('k', 1, { expiration: '10s' });
    clock.advance(9_999);
    expect(await cache.get('k')).toBe(1);
    clock.advance(1);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('keeps a local copy for the local expiration only', async () => {
    const clock = new FakeClock();
    const distributed = new MemoryCache({ clock });
    await using cache = new HybridCache({ clock, distributed, defaults: { localExpiration: '1s' } });
    await cache.set('k', 1);
    await cache.get('k');
    expect(cache.peek('k')).toBe(1);
    clock.advance(1_000);
    expect(cache.peek('k')).toBeUndefined();
    expect(await cache.get('k')).toBe(1);
  });
});
