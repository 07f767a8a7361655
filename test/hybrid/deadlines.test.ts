import { type CacheEvent, HybridCache, type HybridCacheOptions, MemoryCache } from 'distributed-cache';
import { FakeClock } from 'distributed-cache/testing';
import { describe, expect, it, vi } from 'vitest';
import { deferred } from './deferred.js';
import { opened, turn } from './opened.js';

function setUp(options: HybridCacheOptions = {}) {
  const clock = new FakeClock();
  const events: CacheEvent[] = [];
  const distributed = new MemoryCache({ clock });
  const cache = opened({ clock, distributed, onEvent: (event) => events.push(event), ...options });
  return { clock, cache, distributed, events };
}

/** A factory that says when it begins, and ends when it is told. */
function slowFactory() {
  const begun = deferred<AbortSignal>();
  const value = deferred<string>();
  const factory = vi.fn((context: { signal: unknown }) => {
    begun.resolve(context.signal as AbortSignal);
    return value.promise;
  });
  return { factory, begun: begun.promise, finish: value.resolve, fail: value.reject };
}

/** A cache whose one call has timed out, while its factory goes on. */
async function timedOut() {
  const all = { ...setUp(), ...slowFactory() };
  const call = all.cache.getOrCreate('k', all.factory, { timeout: '1s' });
  const signal = await all.begun;
  all.clock.advance(1_000);
  await expect(call).rejects.toMatchObject({ code: 'ERR_LOAD_TIMEOUT' });
  return { ...all, signal };
}

describe('a timeout of the call', () => {
  it('lets the factory go on without callers, and what it gives is stored', async () => {
    const { cache, finish, signal } = await timedOut();
    expect(signal.aborted).toBe(false);
    finish('late');
    await vi.waitFor(async () => expect(await cache.get('k')).toBe('late'));
    expect(cache.stats.factoryRuns).toBe(1);
  });

  it('lets later calls join the factory that goes on', async () => {
    const { cache, factory, finish } = await timedOut();
    const later = cache.getOrCreate('k', factory);
    await turn();
    await turn();
    finish('late');
    expect(await later).toBe('late');
    expect(factory).toHaveBeenCalledTimes(1);
  });

  it.each(['remove', 'set', 'clear'] as const)('stores nothing late after a %s', async (change) => {
    const { cache, finish } = await timedOut();
    if (change === 'remove') await cache.remove('k');
    else if (change === 'set') await cache.set('k', 'set');
    else await cache.clear();
    finish('late');
    await turn();
    await turn();
    expect(await cache.get('k')).toBe(change === 'set' ? 'set' : undefined);
  });

  it('is no abort: the last one that aborts still takes the factory with it', async () => {
    const { clock, cache } = setUp();
    const { factory, begun } = slowFactory();
    const controller = new AbortController();
    const call = cache.getOrCreate('k', factory, { signal: controller.signal, timeout: '1s' });
    const signal = await begun;
    controller.abort(new Error('gone'));
    await expect(call).rejects.toThrow('gone');
    expect(signal.aborted).toBe(true);
    clock.advance(1_000);
  });

  it('leaves no unhandled rejection where the factory fails later', async () => {
    const { cache, events, fail } = await timedOut();
    fail(new Error('source'));
    await vi.waitFor(() => expect(events.some(({ type }) => type === 'loadFailed')).toBe(true));
    expect(await cache.getOrCreate('k', () => 'next')).toBe('next');
  });
});

describe('the deadline of a factory', () => {
  it('frees the key of a factory that never ends, and aborts its signal', async () => {
    const { clock, cache, distributed, events } = setUp({ factoryTimeout: '10s' });
    const other = opened({ clock, distributed });
    const { factory, begun } = slowFactory();
    const calls = [cache.getOrCreate('k', factory), cache.getOrCreate('k', factory)];
    const failed = Promise.all(
      calls.map((call) => expect(call).rejects.toMatchObject({ name: 'LoadTimeoutError', code: 'ERR_LOAD_TIMEOUT' })),
    );
    const signal = await begun;
    clock.advance(9_999);
    expect(signal.aborted).toBe(false);
    clock.advance(1);
    await failed;
    expect(signal.aborted).toBe(true);
    expect(cache.stats).toMatchObject({ factoryRuns: 1, factoryFailures: 1, factoryMs: 10_000 });
    expect(events.filter(({ type }) => type === 'loadFailed')).toHaveLength(1);
    // The lease is released: nobody waits for its deadline.
    expect(await other.getOrCreate('k', () => 'next')).toBe('next');
    expect(await cache.getOrCreate('k', factory)).toBe('next');
  });

  it('drops what the factory gives after it', async () => {
    const { clock, cache, events } = setUp();
    const { factory, begun, finish } = slowFactory();
    const call = cache.getOrCreate('k', factory, { factoryTimeout: '10s' });
    await begun;
    clock.advance(10_000);
    await call.catch(() => {});
    finish('late');
    await turn();
    await turn();
    expect(await cache.get('k')).toBeUndefined();
    expect(events.some(({ type }) => type === 'loaded')).toBe(false);
  });

  it('is also that of a refresh, whose value stays', async () => {
    const { clock, cache } = setUp({ factoryTimeout: '1s', defaults: { expiration: '10s', eagerRefresh: 0.5 } });
    await cache.set('k', 'first');
    clock.advance(5_000);
    const { factory, begun } = slowFactory();
    expect(await cache.getOrCreate('k', factory)).toBe('first');
    const signal = await begun;
    clock.advance(1_000);
    expect(signal.aborted).toBe(true);
    expect(await cache.getOrCreate('k', factory)).toBe('first');
  });

  it('starts with the factory, and leaves no timer behind it', async () => {
    const { clock, cache } = setUp({ factoryTimeout: '10s', defaults: { expiration: '1h' } });
    const { factory, begun, finish } = slowFactory();
    const call = cache.getOrCreate('k', factory);
    await begun;
    clock.advance(9_000);
    finish('in time');
    expect(await call).toBe('in time');
    clock.advance(60_000);
    expect(await cache.get('k')).toBe('in time');
    expect(cache.stats.factoryFailures).toBe(0);
  });

  it('refuses what is no duration', () => {
    expect(() => new HybridCache({ factoryTimeout: 0 })).toThrow(RangeError);
    expect(() => new HybridCache({ factoryTimeout: '100d' })).toThrow(RangeError);
  });
});
