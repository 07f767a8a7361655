import {
  type CacheEvent,
  decorate,
  type HybridFailSafeOptions,
  type HybridLoadOptions,
  MemoryCache,
} from 'distributed-cache';
import { ChaosCache, FakeClock } from 'distributed-cache/testing';
import { describe, expect, it, vi } from 'vitest';
import { deferred } from './deferred.js';
import { opened, tiers, turn } from './opened.js';

const entry = { expiration: '10s', failSafe: true } as const;

/** A source that gives 1, 2, 3 ..., unless it is told otherwise. */
class Source {
  asked = 0;
  fails = false;
  readonly load = async () => {
    this.asked++;
    if (this.fails) throw new Error('the source is down');
    return this.asked;
  };
}

/** What it stores all begins with the same bytes: nothing is told by its beginning. */
const codec: typeof tiers = {
  'two tiers behind a codec': (clock) => ({
    distributed: decorate(new MemoryCache({ clock }), {
      encode: (value) => Uint8Array.of(...new Array(16).fill(7), ...value),
      decode: (stored) => stored.slice(16),
    }),
  }),
};

describe.each(Object.entries({ ...tiers, ...codec }))('fail-safe of %s', (_, options) => {
  function setUp(failSafe: boolean | HybridFailSafeOptions = true) {
    const clock = new FakeClock();
    const events: CacheEvent[] = [];
    const onEvent = (event: CacheEvent) => events.push(event);
    const cache = opened({ clock, defaults: { ...entry, failSafe }, onEvent, ...options(clock) });
    const source = new Source();
    const load = (call?: HybridLoadOptions<number>) => cache.getOrCreate('k', source.load, call);
    const reasons = () => events.flatMap((event) => (event.type === 'staleServed' ? [event.reason] : []));
    return { clock, cache, source, load, reasons, events };
  }

  it('gives the value past its end where the factory fails', async () => {
    const { clock, cache, source, load, reasons, events } = setUp();
    expect(await load()).toBe(1);
    clock.advance(10_001);
    source.fails = true;
    expect(await Promise.all([load(), load()])).toEqual([1, 1]);
    expect(source.asked).toBe(2);
    expect(reasons()).toEqual(['failed', 'failed']);
    expect(cache.stats.staleServed).toBe(2);
    // The failure is told all the same.
    expect(events.filter(({ type }) => type === 'loadFailed')).toHaveLength(1);
  });

  it('waits for the throttle before it tries again, and takes the new value as soon as there is one', async () => {
    const { clock, source, load, reasons } = setUp({ throttleDuration: '5s' });
    await load();
    clock.advance(60_000);
    source.fails = true;
    for (let i = 0; i < 5; i++) expect(await load()).toBe(1);
    expect(source.asked).toBe(2);
    expect(reasons()).toEqual(['failed', 'throttled', 'throttled', 'throttled', 'throttled']);
    // The distributed cache knows whole seconds.
    clock.advance(6_000);
    expect(await load()).toBe(1);
    expect(source.asked).toBe(3);
    source.fails = false;
    clock.advance(4_999);
    expect(await load()).toBe(1);
    clock.advance(1_001);
    expect(await load()).toBe(4);
    expect(await load()).toBe(4);
    clock.advance(9_999);
    expect(await load()).toBe(4);
    expect(source.asked).toBe(4);
  });

  it('has an end, which no throttle moves: then the error is the caller’s', async () => {
    const { clock, source, load } = setUp({ maxDuration: '60s', throttleDuration: '20s' });
    await load();
    source.fails = true;
    for (const ms of [10_001, 21_000, 21_000, 7_000]) {
      clock.advance(ms);
      expect(await load()).toBe(1);
    }
    clock.advance(2_000);
    await expect(load()).rejects.toThrow('the source is down');
  });

  it('gives the error where there is no value, and to calls that do not want one past its end', async () => {
    const { clock, source, load } = setUp();
    source.fails = true;
    await expect(load()).rejects.toThrow('the source is down');
    source.fails = false;
    await load();
    clock.advance(10_001);
    source.fails = true;
    const [safe, plain] = await Promise.allSettled([load(), load({ failSafe: false })]);
    expect(safe).toMatchObject({ value: 2 });
    expect(plain).toMatchObject({ reason: new Error('the source is down') });
    // Also where the factory failed a short while ago.
    await expect(load({ failSafe: false })).rejects.toThrow('the source is down');
    expect(await load()).toBe(2);
  });

  it('keeps no value past its end that was stored without it', async () => {
    const { clock, source, load } = setUp();
    await load({ failSafe: false });
    clock.advance(10_001);
    source.fails = true;
    await expect(load()).rejects.toThrow('the source is down');
  });

  it('gives no value that was removed, set anew or removed by tag', async () => {
    const { clock, cache, source, load } = setUp();
    source.fails = true;
    await cache.set('k', 5, { tags: ['t'] });
    clock.advance(10_001);
    expect(await load()).toBe(5);
    await cache.remove('k');
    await expect(load()).rejects.toThrow('the source is down');
    await cache.set('k', 6, { tags: ['t'] });
    clock.advance(10_001);
    expect(await load()).toBe(6);
    await cache.removeByTag('t');
    await expect(load()).rejects.toThrow('the source is down');
    await cache.set('k', 7);
    clock.advance(10_001);
    expect(await load()).toBe(7);
    await cache.clear();
    await expect(load()).rejects.toThrow('the source is down');
    await cache.set('k', 8);
    clock.advance(10_001);
    await cache.removeByPrefix('k');
    await expect(load()).rejects.toThrow('the source is down');
  });

  it('gives no value that is removed while the factory runs', async () => {
    const { clock, cache, load } = setUp();
    await load();
    clock.advance(10_001);
    const { promise, reject } = deferred<number>();
    const call = cache.getOrCreate('k', () => promise);
    const outcome = expect(call).rejects.toThrow('late');
    await turn();
    await cache.remove('k');
    reject(new Error('late'));
    await outcome;
  });

  it('gives the value after the soft timeout, and the factory goes on in the background', async () => {
    const { clock, cache, load, reasons } = setUp({ softTimeout: '100ms' });
    await load();
    clock.advance(10_001);
    const { promise, resolve } = deferred<number>();
    const slow = vi.fn(() => promise);
    const calls = [cache.getOrCreate('k', slow), cache.getOrCreate('k', slow)];
    await vi.waitFor(() => expect(slow).toHaveBeenCalledTimes(1));
    clock.advance(99);
    await turn();
    expect(reasons()).toEqual([]);
    clock.advance(1);
    expect(await Promise.all(calls)).toEqual([1, 1]);
    expect(reasons()).toEqual(['timeout', 'timeout']);
    resolve(50);
    await turn();
    expect(await load()).toBe(50);
    expect(slow).toHaveBeenCalledTimes(1);
  });

  it('waits past the soft timeout where there is no value, up to the hard one', async () => {
    const { clock, cache } = setUp({ softTimeout: '100ms' });
    const { promise, resolve } = deferred<number>();
    const call = cache.getOrCreate('k', () => promise, { timeout: '1s' });
    const outcome = expect(call).rejects.toMatchObject({ code: 'ERR_LOAD_TIMEOUT' });
    await turn();
    clock.advance(999);
    await turn();
    clock.advance(1);
    await outcome;
    // It goes on in the background too.
    resolve(7);
    await vi.waitFor(async () => expect(await cache.get('k')).toBe(7));
  });

  it('frees the key of a factory that never ends at its deadline, and gives the value', async () => {
    const { clock, cache, load } = setUp();
    await load();
    clock.advance(10_001);
    let signal: { readonly aborted: boolean } | undefined;
    const call = cache.getOrCreate(
      'k',
      (context) => {
        signal = context.signal;
        return new Promise<number>(() => {});
      },
      { factoryTimeout: '20s' },
    );
    await vi.waitFor(() => expect(signal).toBeDefined());
    clock.advance(20_000);
    expect(await call).toBe(1);
    expect(signal?.aborted).toBe(true);
    clock.advance(31_000);
    expect(await load()).toBe(2);
  });

  it('expire ends the time of a value and keeps it for this; remove does not', async () => {
    const { cache, source, load, events } = setUp();
    await load();
    await cache.expire('k');
    expect(events.some(({ type }) => type === 'expired')).toBe(true);
    expect(await cache.get('k')).toBeUndefined();
    expect(cache.peek('k')).toBeUndefined();
    source.fails = true;
    expect(await load()).toBe(1);
    source.fails = false;
    await cache.expire('k');
    expect(await load()).toBe(3);
    await cache.remove('k');
    source.fails = true;
    await expect(load()).rejects.toThrow('the source is down');
    await cache.expire(['k', 'never there']);
    await cache.set('plain', 1, { failSafe: false });
    await cache.expire('plain');
    expect(await cache.get('plain', { allowStale: true })).toBeUndefined();
  });

  it('expire ends the throttle too, and loads under way are not stored', async () => {
    const { clock, cache, source, load } = setUp();
    await load();
    clock.advance(10_001);
    source.fails = true;
    await load();
    source.fails = false;
    await cache.expire('k');
    expect(await load()).toBe(3);
    const { promise, resolve } = deferred<number>();
    await cache.expire('k');
    const call = cache.getOrCreate('k', () => promise);
    await turn();
    await cache.expire('k');
    resolve(70);
    expect(await call).toBe(70);
    expect(await cache.get('k')).toBeUndefined();
    expect(await load()).toBe(4);
  });

  it('serves a value past its end to who reads it so, and never stores it', async () => {
    const { clock, cache, load, reasons } = setUp({ maxDuration: '60s' });
    await load();
    expect(await cache.get('k', { allowStale: true })).toBe(1);
    expect(reasons()).toEqual([]);
    clock.advance(10_001);
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.getMany(['k', 'other'])).toEqual([undefined, undefined]);
    expect(await cache.get('k', { allowStale: true })).toBe(1);
    expect(await cache.getMany(['k', 'other'], { allowStale: true })).toEqual([1, undefined]);
    expect(reasons()).toEqual(['allowed', 'allowed']);
    expect(cache.peek('k')).toBeUndefined();
    expect(cache.peek('k', { allowStale: true })).toBe(_ === 'the distributed tier' ? undefined : 1);
    clock.advance(50_000);
    expect(await cache.get('k', { allowStale: true })).toBeUndefined();
    expect(cache.peek('k', { allowStale: true })).toBeUndefined();
  });

  it('gives null past its end, and values of many', async () => {
    const { clock, cache, reasons } = setUp();
    await cache.set('a', null);
    await cache.set('b', 2);
    clock.advance(10_001);
    const failing = vi.fn(async () => {
      throw new Error('many');
    });
    expect(await cache.getOrCreateMany(['a', 'b'], failing)).toEqual([null, 2]);
    expect(await cache.getOrCreateMany(['b', 'a'], failing)).toEqual([2, null]);
    expect(await cache.getOrCreate('a', failing)).toBe(null);
    expect(failing).toHaveBeenCalledTimes(1);
    expect(reasons()).toHaveLength(5);
  });

  it('takes the value that is being refreshed where the refresh fails for those who joined it', async () => {
    const { clock, source, load } = setUp();
    const eager = { eagerRefresh: 0.5 };
    await load(eager);
    clock.advance(6_000);
    source.fails = true;
    expect(await load(eager)).toBe(1);
    await turn();
    clock.advance(4_000);
    expect(await load(eager)).toBe(1);
  });

  it('tells the factory of the value past its end, which it may say is unchanged', async () => {
    const { clock, cache, load } = setUp();
    await load();
    clock.advance(10_001);
    const seen: unknown[] = [];
    const again = await cache.getOrCreate<number>('k', ({ stale, notModified }) => {
      seen.push(stale);
      return notModified();
    });
    expect([again, seen]).toEqual([1, [1]]);
    clock.advance(9_000);
    expect(await load()).toBe(1);
  });

  it('says what is wrong with its options', async () => {
    const { load } = setUp();
    for (const failSafe of [
      { maxDuration: '1001d' },
      { throttleDuration: -1 },
      { softTimeout: 'soon' },
      5,
    ] as never[]) {
      await expect(load({ failSafe })).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_INVALID_/) });
    }
  });
});

describe('fail-safe while the distributed cache is down too', () => {
  async function setUp(local: { readonly maxEntries?: number } | false = {}) {
    const clock = new FakeClock();
    const memory = new MemoryCache({ clock });
    const chaos = new ChaosCache(memory, { clock, seed: 1 });
    const events: CacheEvent[] = [];
    const cache = opened({
      clock,
      distributed: chaos,
      local,
      defaults: entry,
      maxStaleness: '5s',
      onEvent: (event) => events.push(event),
    });
    await cache.ready();
    const source = new Source();
    return { clock, cache, memory, chaos, source, events, load: (key = 'k') => cache.getOrCreate(key, source.load) };
  }

  it('the copy of this process still answers, paced by the bound', async () => {
    const { clock, chaos, source, load } = await setUp();
    await load();
    await load();
    chaos.configure({ failBefore: 1 });
    source.fails = true;
    clock.advance(10_001);
    expect(await load()).toBe(1);
    expect(await load()).toBe(1);
    expect(source.asked).toBe(2);
    clock.advance(5_000);
    expect(await load()).toBe(1);
    expect(source.asked).toBe(3);
    source.fails = false;
    clock.advance(5_000);
    expect(await load()).toBe(4);
  });

  it('but not where it was heard of a tag that it was removed, whose time nobody tells', async () => {
    const { clock, cache, memory, chaos, source } = await setUp();
    const other = opened({ clock, distributed: memory });
    await other.ready();
    const load = () => cache.getOrCreate('k', source.load, { tags: ['t'] });
    await load();
    await load();
    clock.advance(10_001);
    await other.removeByTag('t');
    chaos.configure({ failBefore: 1 });
    source.fails = true;
    await expect(load()).rejects.toThrow('the source is down');
    await expect(cache.get('k', { allowStale: true })).rejects.toMatchObject({ name: 'ChaosError' });
  });
});
