import { MemoryCache, type MemoryCacheOptions } from 'distributed-cache';
import { createTestCache, FakeClock } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';
import { text } from '../helpers/tools.js';

const overhead = 430;

describe('MemoryCache', () => {
  it('counts keys, values and overhead, and gives up the least recently used past maxBytes', async () => {
    const { cache, events } = createTestCache({ maxBytes: 3 * (overhead + 2 + 10) });
    for (const key of ['a', 'b', 'c']) await cache.set(key, new Uint8Array(10));
    expect(cache.bytes).toBe(3 * (overhead + 2 + 10));
    await cache.get('a');
    await cache.set('d', new Uint8Array(10));
    expect(await cache.get('b')).toBeUndefined();
    expect(await cache.get('a')).toBeDefined();
    expect(events).toContainEqual({ type: 'evicted', cache: 'memory', key: 'b', reason: 'capacity' });
  });

  it('gives up the least recently used past maxEntries', async () => {
    const cache = new MemoryCache({ maxEntries: 2 });
    for (const key of ['a', 'b', 'c']) await cache.set(key, new Uint8Array(1));
    expect(await cache.batch.getMany(['a', 'b', 'c'])).toEqual([undefined, new Uint8Array(1), new Uint8Array(1)]);
  });

  it('refuses what is larger than the whole cache with an event, and leaves no old value', async () => {
    const { cache, events } = createTestCache({ maxBytes: 1_000 });
    await cache.set('k', text('old'));
    await cache.set('k', new Uint8Array(1_000));
    expect(await cache.get('k')).toBeUndefined();
    expect(events).toContainEqual({ type: 'rejected', cache: 'memory', key: 'k', reason: 'tooLarge' });
    const reply = await cache.leases.getOrLease('k', { duration: 10 });
    expect(reply.kind === 'lease' && (await cache.leases.commit('k', reply.token, new Uint8Array(1_000)))).toBe(false);
  });

  it('stores 64 MB within its default limit of 200 MiB, and refuses 201 MiB', async () => {
    const { cache, events } = createTestCache();
    await cache.set('large', new Uint8Array(64_000_000));
    expect((await cache.get('large'))?.length).toBe(64_000_000);
    await cache.set('larger', new Uint8Array(201 * 1024 * 1024));
    expect(events.at(-1)).toMatchObject({ type: 'rejected', key: 'larger' });
  });

  it('gives expired bytes back without anyone asking, in slices of 1,000, with one timer', async () => {
    const { cache, clock, events } = createTestCache();
    for (let i = 0; i < 2_500; i++) await cache.set(`k${i}`, new Uint8Array(1), { relativeExpiration: '1m' });
    await cache.set('stays', new Uint8Array(1));
    expect(clock.pending).toBe(1);
    clock.advance(61_000);
    expect(cache.size).toBe(1);
    expect(cache.bytes).toBe(overhead + 2 * 'stays'.length + 1);
    expect(clock.pending).toBe(0);
    expect(events.filter(({ type }) => type === 'evicted')).toHaveLength(2_500);
  });

  it('looks at no more than 1,000 entries in one turn of the event loop', async () => {
    const slices: number[] = [];
    const clock = new FakeClock();
    const cache = new MemoryCache({
      clock: {
        now: () => clock.now(),
        setTimeout: (run, ms) =>
          clock.setTimeout(() => {
            const before = cache.size;
            run();
            slices.push(before - cache.size);
          }, ms),
        clearTimeout: (timer) => clock.clearTimeout(timer),
      },
    });
    for (let i = 0; i < 2_500; i++) await cache.set(`k${i}`, new Uint8Array(1), { relativeExpiration: 500 });
    clock.advance(2_000);
    expect(slices).toEqual([1_000, 1_000, 500]);
  });

  it.each([
    ['a year', '365d'],
    ['longer than a timer can wait', '60d'],
    ['ten minutes', '10m'],
    ['a second and a half', '1.5s'],
  ] as const)(
    'finds what expires after %s at most a second late, with few looks on the way',
    async (_, relativeExpiration) => {
      const { cache, clock } = createTestCache();
      let looks = 0;
      const { setTimeout } = clock;
      clock.setTimeout = function (run, ms) {
        looks++;
        return setTimeout.call(this, run, ms);
      };
      await cache.set('k', new Uint8Array(1), { relativeExpiration });
      const ms = { '365d': 365 * 86_400_000, '60d': 60 * 86_400_000, '10m': 600_000, '1.5s': 1_500 }[
        relativeExpiration
      ];
      clock.advance(ms - 1);
      expect(cache.size).toBe(1);
      clock.advance(1_001);
      expect(cache.size).toBe(0);
      expect(looks).toBeLessThan(80);
    },
  );

  it('keeps a sliding entry that is read, and gives it back when it is not', async () => {
    const { cache, clock } = createTestCache();
    await cache.set('k', new Uint8Array(1), { slidingExpiration: '10s' });
    for (let i = 0; i < 10; i++) {
      clock.advance(9_000);
      expect(await cache.get('k')).toBeDefined();
    }
    clock.advance(11_000);
    expect(cache.size).toBe(0);
  });

  it('queues nothing for what was removed, replaced or evicted', async () => {
    const { cache, clock } = createTestCache({ maxEntries: 1 });
    await cache.set('removed', new Uint8Array(1), { relativeExpiration: '1m' });
    await cache.remove('removed');
    await cache.set('evicted', new Uint8Array(1), { relativeExpiration: '2m' });
    await cache.set('replaced', new Uint8Array(1), { relativeExpiration: '3m' });
    await cache.set('replaced', new Uint8Array(1));
    clock.advance(10 * 60_000);
    expect(clock.pending).toBe(0);
    expect(cache.size).toBe(1);
  });

  it('keeps one place in its queue for a key, however often it is set', async () => {
    const { cache, clock } = createTestCache();
    for (let minutes = 600; minutes >= 1; minutes--) {
      await cache.set('k', new Uint8Array(1), { relativeExpiration: `${minutes}m` });
    }
    await cache.set('k', new Uint8Array(1), { relativeExpiration: '600m' });
    let looks = 0;
    const { setTimeout } = clock;
    clock.setTimeout = function (run, ms) {
      looks++;
      return setTimeout.call(this, run, ms);
    };
    clock.advance(601 * 60_000);
    expect(cache.size).toBe(0);
    expect(looks).toBeLessThan(45);
  });

  it('serves nothing past its time in a loop that never yields to the event loop: its lag is 0 ms', async () => {
    const cache = new MemoryCache({ copy: false });
    await cache.set('k', new Uint8Array(1), { relativeExpiration: 50 });
    const end = Date.now() + 50;
    let last = 0;
    for (;;) {
      const before = Date.now();
      // Awaiting a promise that is settled runs microtasks only: no timer and no I/O comes between.
      if ((await cache.get('k')) === undefined) break;
      last = before;
    }
    expect(last).toBeLessThan(end + 1);
    expect(Date.now()).toBeLessThan(end + 5_000);
  });

  it('with copy: false keeps and gives the very array', async () => {
    const cache = new MemoryCache({ copy: false });
    const value = text('v');
    await cache.set('k', value);
    expect(await cache.get('k')).toBe(value);
  });

  it('gives plain arrays, also for a Buffer', async () => {
    const cache = new MemoryCache();
    await cache.set('k', Buffer.from('v'));
    expect(Object.getPrototypeOf(await cache.get('k'))).toBe(Uint8Array.prototype);
  });

  it('clear removes everything, ends leases and tells listeners of all', async () => {
    const { cache } = createTestCache();
    await cache.set('k', text('v'), { relativeExpiration: '1m' });
    const heard: string[] = [];
    await cache.invalidations.listen({
      keys: () => {},
      all: () => heard.push('all'),
      up: () => {},
      down: () => heard.push('down'),
    });
    const lease = await cache.leases.getOrLease('l', { duration: '1m' });
    await cache.clear();
    expect(cache.size + cache.bytes).toBe(0);
    expect(lease.kind === 'lease' && (await cache.leases.commit('l', lease.token, text('late')))).toBe(false);
    await cache.close();
    expect(heard).toEqual(['all', 'down']);
  });

  it('tells of a sink that throws and goes on', async () => {
    const cache = new MemoryCache();
    const heard: string[] = [];
    const { error } = console;
    const printed: unknown[] = [];
    console.error = (...args) => printed.push(args);
    try {
      const throwing = () => {
        throw new Error('sink');
      };
      const listening = await cache.invalidations.listen({
        keys: throwing,
        all: throwing,
        up: throwing,
        down: throwing,
      });
      await cache.invalidations.listen({
        keys: (keys) => heard.push(...keys),
        all: () => {},
        up: () => {},
        down: () => {},
      });
      await cache.set('k', text('v'));
      await listening[Symbol.asyncDispose]();
      await cache.set('l', text('v'));
    } finally {
      console.error = error;
    }
    expect(heard).toEqual(['k', 'l']);
    expect(printed).toHaveLength(2);
  });

  it('a listener may use the cache', async () => {
    const cache: MemoryCache = new MemoryCache({
      maxEntries: 1,
      onEvent: (event) => {
        if (event.type === 'evicted' && event.key === 'a') void cache.set('again', new Uint8Array(1));
      },
    });
    await cache.set('a', new Uint8Array(1));
    await cache.set('b', new Uint8Array(1));
    expect(cache.size).toBe(1);
    expect(await cache.get('again')).toBeDefined();
  });

  it('a listener that stores entries while expired ones are given back loses none of them and starts no loop', async () => {
    const { cache, clock } = createTestCache({
      onEvent: (event) => {
        if (event.type !== 'evicted' || event.key !== 'k0') return;
        for (let i = 1; i < 1_000; i++)
          void cache.set(`k${i}`, new Uint8Array(1), i % 2 ? {} : { relativeExpiration: '1h' });
      },
    });
    for (let i = 0; i < 1_000; i++) await cache.set(`k${i}`, new Uint8Array(1), { relativeExpiration: 100 });
    clock.advance(60_000);
    expect(cache.size).toBe(999);
    clock.advance(3_600_000);
    expect(cache.size).toBe(500);
    expect(clock.pending).toBe(0);
  });

  it('a listener that closes the cache while expired entries are given back leaves no timer', async () => {
    const { cache, clock } = createTestCache({
      onEvent: (event) => {
        if (event.type === 'evicted') void cache.close();
      },
    });
    for (let i = 0; i < 1_500; i++) await cache.set(`k${i}`, new Uint8Array(1), { relativeExpiration: 100 });
    clock.advance(1_000);
    expect([cache.size, clock.pending]).toEqual([0, 0]);
  });

  it('forgets leases of loaders that died', async () => {
    const { cache, clock } = createTestCache();
    const grant = async (key: string) => {
      const reply = await cache.leases.getOrLease(key, { duration: 10 });
      return reply.kind === 'lease' ? reply.token : '';
    };
    const slow = await grant('slow');
    const dead = await grant('dead');
    clock.advance(600_009);
    await grant('any');
    expect(await cache.leases.commit('slow', slow, text('late'))).toBe(true);
    clock.advance(1);
    await grant('another');
    expect(await cache.leases.commit('dead', dead, text('too late'))).toBe(false);
  });

  it('ignores options that it does not know', async () => {
    const cache = new MemoryCache({ maxSize: 1, constructor: 2 } as MemoryCacheOptions);
    await cache.set('k', text('v'), { ttl: 1, expires: 'never' } as object);
    expect(await cache.get('k')).toEqual(text('v'));
  });

  it.each<[string, MemoryCacheOptions, typeof TypeError | typeof RangeError]>([
    ['maxBytes', { maxBytes: 0 }, RangeError],
    ['maxBytes', { maxBytes: 1.5 }, RangeError],
    ['maxBytes', { maxBytes: '1' as never }, TypeError],
    ['maxEntries', { maxEntries: -1 }, RangeError],
    ['copy', { copy: 1 as never }, TypeError],
    ['clock', { clock: {} as never }, TypeError],
    ['onEvent', { onEvent: 'x' as never }, TypeError],
    ['options', 5 as never, TypeError],
  ])('names the option %s that it refuses', (option, options, type) => {
    expect(() => new MemoryCache(options)).toThrow(type);
    expect(() => new MemoryCache(options)).toThrow(option);
    expect(() => new MemoryCache(options)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }));
  });
});
