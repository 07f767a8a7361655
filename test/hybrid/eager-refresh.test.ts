import { type CacheEvent, HybridCache, type HybridEntryOptions, MemoryCache } from 'distributed-cache';
import { FakeClock } from 'distributed-cache/testing';
import { describe, expect, it, vi } from 'vitest';
import { deferred } from './deferred.js';
import { opened, tiers, turn } from './opened.js';

/** Entries of ten seconds, of which the last two are for a refresh. */
const refreshing = { expiration: '10s', eagerRefresh: 0.8 } as const;

describe.each(Object.entries(tiers))('eager refresh of %s', (_, options) => {
  function setUp(defaults: HybridEntryOptions = refreshing) {
    const clock = new FakeClock();
    const events: CacheEvent[] = [];
    const cache = opened({
      clock,
      defaults,
      onEvent: (event) => events.push(event),
      ...options(clock),
    });
    const begun: { key: string; finish(value: unknown): void; fail(): void }[] = [];
    const load = (key = 'k') =>
      cache.getOrCreate(key, () => {
        const { promise, resolve, reject } = deferred<unknown>();
        begun.push({ key, finish: resolve, fail: () => reject(new Error('source')) });
        return promise;
      });
    /** With a first value, and the clock moved to `age`. */
    const aged = async (age: number) => {
      const first = load();
      await vi.waitFor(() => expect(begun).toHaveLength(1));
      begun[0]?.finish('first');
      await first;
      await load();
      clock.advance(age);
    };
    return { clock, cache, events, begun, load, aged };
  }

  it('begins with the first hit past the fraction, and no hit waits for it', async () => {
    const { clock, cache, begun, load, aged, events } = setUp();
    await aged(7_999);
    expect(await load()).toBe('first');
    await turn();
    expect(begun).toHaveLength(1);
    clock.advance(1);
    for (let i = 0; i < 5; i++) expect(await load()).toBe('first');
    await vi.waitFor(() => expect(begun).toHaveLength(2));
    expect(await load()).toBe('first');
    begun[1]?.finish('second');
    await vi.waitFor(async () => expect(await load()).toBe('second'));
    expect(begun).toHaveLength(2);
    expect(cache.stats.refreshes).toBe(1);
    expect(events.filter(({ type }) => type === 'refreshStarted')).toHaveLength(1);
    // It counts from the refresh on.
    clock.advance(7_000);
    expect(await load()).toBe('second');
  });

  it('leaves the value where it fails, and tries again after a second, then after two, then after four', async () => {
    const { clock, begun, load, aged } = setUp({ expiration: '100s', eagerRefresh: 0.5 });
    await aged(50_000);
    let last = 1;
    for (const pause of [1_000, 2_000, 4_000]) {
      expect(await load()).toBe('first');
      await vi.waitFor(() => expect(begun).toHaveLength(last + 1));
      begun[last++]?.fail();
      await turn();
      await turn();
      expect(await load()).toBe('first');
      clock.advance(pause - 1);
      expect(await load()).toBe('first');
      await turn();
      expect(begun).toHaveLength(last);
      clock.advance(1);
    }
    // At its end it ends.
    clock.advance(43_000);
    const next = load();
    await vi.waitFor(() => expect(begun).toHaveLength(last + 1));
    begun[last]?.finish('third');
    expect(await next).toBe('third');
  });

  it('is not stored where the key was removed or set meanwhile', async () => {
    for (const change of ['remove', 'set', 'tag'] as const) {
      const { cache, begun, load, aged } = setUp();
      await aged(8_000);
      await load();
      await vi.waitFor(() => expect(begun).toHaveLength(2));
      if (change === 'remove') await cache.remove('k');
      else if (change === 'set') await cache.set('k', 'set');
      else await cache.clear();
      begun[1]?.finish('older than the change');
      await turn();
      await turn();
      expect(await cache.get('k')).toBe(change === 'set' ? 'set' : undefined);
    }
  });

  it('is what a call waits for that comes after the end of the value', async () => {
    const { clock, begun, load, aged } = setUp();
    await aged(8_000);
    await load();
    await vi.waitFor(() => expect(begun).toHaveLength(2));
    clock.advance(2_000);
    const late = [load(), load()];
    await turn();
    await turn();
    begun[1]?.finish('second');
    expect(await Promise.all(late)).toEqual(['second', 'second']);
    expect(begun).toHaveLength(2);
  });

  it('does not outlive the cache, which waits for it and then aborts it', async () => {
    const { cache, begun, load, aged } = setUp();
    await aged(8_000);
    await load();
    await vi.waitFor(() => expect(begun).toHaveLength(2));
    const closing = cache.close({ timeout: '1m' });
    let isClosed = false;
    void closing.then(() => {
      isClosed = true;
    });
    await turn();
    expect(isClosed).toBe(false);
    begun[1]?.finish('second');
    await closing;
  });

  it('aborts the factory when the time to close is over', async () => {
    const { clock, cache, load, aged } = setUp();
    await aged(8_000);
    let signal: AbortSignal | undefined;
    await cache.getOrCreate('k', (context) => {
      signal = context.signal as AbortSignal;
      return new Promise(() => {});
    });
    await vi.waitFor(() => expect(signal).toBeDefined());
    const closing = cache.close({ timeout: '1s' });
    await turn();
    clock.advance(1_000);
    await closing;
    expect(signal?.aborted).toBe(true);
    await expect(load()).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' });
  });

  it('refreshes of many what is due, by one call of the loader with what misses', async () => {
    const { clock, cache } = setUp();
    let version = 1;
    const loadMany = vi.fn(async (keys: readonly string[]) => new Map(keys.map((key) => [key, `${key}${version}`])));
    await cache.getOrCreateMany(['a', 'b'], loadMany);
    clock.advance(8_000);
    version = 2;
    expect(await cache.getOrCreateMany(['a', 'new', 'b'], loadMany)).toEqual(['a1', 'new2', 'b1']);
    await vi.waitFor(async () => expect(await cache.getMany(['a', 'b'])).toEqual(['a2', 'b2']));
    expect(loadMany.mock.calls.flatMap(([keys]) => keys).sort()).toEqual(['a', 'a', 'b', 'b', 'new']);
  });

  it('is no business of get and peek', async () => {
    const { cache, begun, aged } = setUp();
    await aged(8_000);
    expect(await cache.get('k')).toBe('first');
    cache.peek('k');
    await turn();
    await turn();
    expect(begun).toHaveLength(1);
  });
});

describe('eager refresh', () => {
  it('looks into the distributed tier first', async () => {
    const clock = new FakeClock();
    const distributed = new MemoryCache({ clock });
    const deaf = {
      get: distributed.get.bind(distributed),
      set: distributed.set.bind(distributed),
      refresh: async () => {},
      remove: distributed.remove.bind(distributed),
    };
    const [one, other] = [opened({ clock, distributed: deaf }), opened({ clock, distributed: deaf })];
    const factory = vi.fn(() => 'loaded');
    await one.getOrCreate('k', factory, refreshing);
    clock.advance(8_000);
    // Of which the first one hears nothing.
    await other.set('k', 'newer', { expiration: '10s' });
    expect(await one.getOrCreate('k', factory, refreshing)).toBe('loaded');
    await vi.waitFor(async () => expect(await one.getOrCreate('k', factory, refreshing)).toBe('newer'));
    expect(factory).toHaveBeenCalledTimes(1);
  });

  it('leaves it to the process that refreshes already', async () => {
    const clock = new FakeClock();
    const distributed = new MemoryCache({ clock });
    const caches = Array.from({ length: 3 }, () => opened({ clock, distributed }));
    await Promise.all(caches.map((cache) => cache.ready()));
    await caches[0]?.set('k', 'first', { expiration: '10s' });
    clock.advance(8_000);
    const { promise, resolve } = deferred<string>();
    const factory = vi.fn(() => promise);
    for (let round = 0; round < 3; round++) {
      for (const cache of caches) expect(await cache.getOrCreate('k', factory, refreshing)).toBe('first');
      await turn();
      clock.advance(100);
    }
    expect(factory).toHaveBeenCalledTimes(1);
    resolve('second');
    await vi.waitFor(async () => {
      for (const cache of caches) expect(await cache.getOrCreate('k', factory, refreshing)).toBe('second');
    });
    expect(factory).toHaveBeenCalledTimes(1);
  });

  it('refuses what is no fraction', () => {
    for (const eagerRefresh of [1, -0.1, Number.NaN, '0.8' as never])
      expect(() => new HybridCache({ defaults: { eagerRefresh } })).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
      );
  });
});
