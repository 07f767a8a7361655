import {
  type CacheEvent,
  decorate,
  getOrCreate,
  MemoryCache,
  prefixed,
  setJson,
  withDefaults,
} from 'distributed-cache';
import { createTestCache } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';
import { text } from '../helpers/tools.js';

const flip = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0xff);

describe('prefixed', () => {
  it('adds its prefix going in and takes it away coming back', async () => {
    const { cache } = createTestCache();
    const users = prefixed(prefixed(cache, 'app:'), 'users:');
    expect(users.name).toBe('prefixed(prefixed(memory))');
    await users.set('1', text('v'));
    await cache.set('app:other', text('o'));
    const heard: string[] = [];
    await users.invalidations?.listen({
      keys: (keys) => heard.push(...keys),
      all: () => {},
      up: () => {},
      down: () => {},
    });
    await cache.set('app:users:2', text('w'));
    await cache.set('app:other', text('o'));
    const listed: string[] = [];
    for await (const key of users.prefixes?.keys('') ?? []) listed.push(key);
    expect(listed.sort()).toEqual(['1', '2']);
    expect(heard).toEqual(['2']);
    expect(await users.prefixes?.removeByPrefix('')).toBe(2);
    expect(cache.size).toBe(1);
  });

  it('refuses a prefix, and checks keys before they are joined to it', async () => {
    expect(() => prefixed(new MemoryCache(), 5 as never)).toThrow(TypeError);
    expect(() => prefixed(new MemoryCache(), 'x\ud83d')).toThrow(TypeError);
    await expect(prefixed(new MemoryCache(), 'x').get(5 as never)).rejects.toMatchObject({ code: 'ERR_INVALID_KEY' });
    await expect(prefixed(new MemoryCache(), 'x').batch?.getMany(['\ude00'])).rejects.toMatchObject({
      code: 'ERR_INVALID_KEY',
    });
  });

  it('closes what it wraps', async () => {
    const cache = new MemoryCache();
    const outer = withDefaults(prefixed(cache, 'x'), {});
    await outer.close();
    await expect(outer.get('k')).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' });
    await expect(cache.get('k')).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' });
  });
});

describe('withDefaults', () => {
  const minutes = (n: number) => n * 60_000;

  it.each([
    ['nothing', {}, 10],
    ['a relative expiration', { relativeExpiration: '20m' }, 20],
    ['a sliding expiration, which the default caps', { slidingExpiration: '1h' }, 10],
    ['a shorter sliding expiration', { slidingExpiration: '1m' }, 1],
  ] as const)('given %s', async (_, options, expected) => {
    const { cache, clock } = createTestCache();
    const outer = withDefaults(cache, { relativeExpiration: '10m' });
    await outer.set('set', text('v'), options);
    await outer.batch?.setMany([{ key: 'many', value: text('v'), options }]);
    await getOrCreate(outer, 'made', () => 1, options);
    clock.advance(minutes(expected) - 1);
    expect(cache.size).toBe(3);
    clock.advance(1);
    expect(await cache.batch.getMany(['set', 'many', 'made'])).toEqual([undefined, undefined, undefined]);
  });

  it('given an absolute expiration, that is it', async () => {
    const { cache, clock } = createTestCache();
    await withDefaults(cache, { relativeExpiration: '10m' }).set('k', text('v'), {
      absoluteExpiration: new Date(clock.now() + minutes(20)),
    });
    clock.advance(minutes(20) - 1);
    expect(await cache.get('k')).toBeDefined();
  });

  it('applies to a set without options, keeps its signal, and checks its defaults at once', async () => {
    const { cache, clock } = createTestCache();
    const outer = withDefaults(cache, { slidingExpiration: 5 });
    await outer.set('k', text('v'));
    clock.advance(5);
    expect(await cache.get('k')).toBeUndefined();
    await expect(outer.set('k', text('v'), { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
    await expect(outer.set('k', text('v'), 5 as never)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
    expect(() => withDefaults(cache, { relativeExpiration: 0 })).toThrow('defaults.relativeExpiration');
  });
});

describe('decorate', () => {
  it('maps values both ways, in every capability, and leaves the caller’s array alone', async () => {
    const memory = new MemoryCache();
    const cache = decorate(memory, {
      name: 'flip',
      encode: async (value) => flip(value),
      decode: (stored) => flip(stored),
    });
    const value = text('v');
    const setting = cache.set('k', value);
    value.fill(0);
    await setting;
    expect(await memory.get('k')).toEqual(flip(text('v')));
    expect(await cache.get('k')).toEqual(text('v'));
    expect(await cache.batch?.getMany(['k', 'x'])).toEqual([text('v'), undefined]);
    expect(await getOrCreate(cache, 'made', () => ({ a: 1 }))).toEqual({ a: 1 });
    expect(flip((await memory.get('made')) as Uint8Array)).toEqual(text('{"a":1}'));
  });

  it('counts stored bytes that it cannot read as a miss, which getOrCreate replaces', async () => {
    const memory = new MemoryCache();
    const decode = (stored: Uint8Array) => (stored[0] === 1 ? stored.subarray(1) : undefined);
    const cache = decorate(memory, { encode: (value) => Uint8Array.of(1, ...value), decode });
    await memory.set('k', text('foreign'));
    expect(await cache.get('k')).toBeUndefined();
    expect(await getOrCreate(cache, 'k', () => 'own')).toBe('own');
    expect(await getOrCreate(cache, 'k', () => 'never')).toBe('own');
  });

  it('finds the stored form of a value judged stale', async () => {
    const memory = new MemoryCache();
    const cache = decorate(memory, { encode: flip, decode: flip });
    await cache.set('k', text('{malformed'));
    expect(await getOrCreate(cache, 'k', () => 'good')).toBe('good');
    expect(await cache.leases?.getOrLease('k', { duration: 5, replace: text('another') })).toMatchObject({
      kind: 'hit',
    });
  });

  it('grants over the value that is named, and tells it from one whose stored form begins alike', async () => {
    const memory = new MemoryCache();
    let before = async () => {};
    // All stored forms begin with the same bytes, as those of an encoder with a long header do.
    const header = text('twelve bytes');
    const cache = decorate(memory, {
      encode: (value) => Uint8Array.of(...header, ...value),
      decode: (stored) => stored.slice(header.length),
      around: async ({ name }, next) => {
        if (name === 'getOrLease' || name === 'replace') await before();
        return next();
      },
    });
    const ask = () => cache.leases?.getOrLease('k', { duration: 5_000, replace: text('one') });
    await cache.set('k', text('one'));
    const reply = await ask();
    expect(reply).toMatchObject({ kind: 'lease', hasValue: true });
    await cache.leases?.release('k', reply?.kind === 'lease' ? reply.token : '');
    before = () => memory.set('k', Uint8Array.of(...header, ...text('two')));
    expect(await ask()).toMatchObject({ kind: 'lease', hasValue: false });
    before = async () => {};
    await cache.set('k', text('one'));
    expect(await cache.leases?.replace('k', text('another'), text('new'))).toBe(false);
    before = () => memory.set('k', Uint8Array.of(...header, ...text('two')));
    expect(await cache.leases?.replace('k', text('one'), text('new'))).toBe(false);
    expect(await cache.get('k')).toEqual(text('two'));
    before = async () => {};
    expect(await cache.leases?.replace('k', text('two'), text('new'))).toBe(true);
    expect(await cache.get('k')).toEqual(text('new'));
  });

  it('tells of a lease that it was granted where the value can not be read again', async () => {
    const memory = new MemoryCache();
    let isGranted = false;
    const cache = decorate(memory, {
      encode: flip,
      decode: flip,
      around: async ({ name }, next) => {
        if (name === 'get' && isGranted) throw new Error('cut off');
        const result = await next();
        if (name === 'getOrLease') isGranted = true;
        return result;
      },
    });
    await cache.set('k', text('one'));
    const reply = await cache.leases?.getOrLease('k', { duration: 5_000, replace: text('one') });
    expect(reply).toMatchObject({ kind: 'lease', hasValue: false });
  });

  it('does not take what it can not read for the value that is named', async () => {
    const memory = new MemoryCache();
    const decode = (stored: Uint8Array) => (stored[0] === 1 ? stored.subarray(1) : undefined);
    const cache = decorate(memory, { encode: (value) => Uint8Array.of(1, ...value), decode });
    await memory.set('k', text('foreign'));
    const reply = await cache.leases?.getOrLease('k', { duration: 5, replace: text('own') });
    expect(reply).toMatchObject({ kind: 'lease', hasValue: false });
    expect(await cache.leases?.replace('k', text('own'), text('new'))).toBe(false);
  });

  it('stores the bytes of the call in every way of storing, also where it does so later', async () => {
    const memory = new MemoryCache();
    const cache = decorate(memory, { around: async (_, next) => next() });
    const reply = await cache.leases?.getOrLease('commit', { duration: 5 });
    const value = text('v');
    const storing = Promise.all([
      cache.set('set', value),
      cache.batch?.setMany([{ key: 'setMany', value }]),
      cache.leases?.commit('commit', reply?.kind === 'lease' ? reply.token : '', value),
    ]);
    value.fill(0);
    await storing;
    for (const key of ['set', 'setMany', 'commit']) expect(await memory.get(key), key).toEqual(text('v'));
  });

  it.each([
    ['throws', () => JSON.parse('{') as never],
    ['rejects', () => Promise.reject(new Error('not mine'))],
    ['gives undefined', () => undefined],
  ])('counts stored bytes as corrupt where decode %s, and getOrCreate replaces them', async (_, decode) => {
    const { cache: memory, events } = createTestCache();
    await memory.set('k', text('foreign'));
    let own = false;
    const cache = decorate(memory, { encode: (value) => value, decode: (stored) => (own ? stored : decode()) });
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.batch?.getMany(['k'])).toEqual([undefined]);
    expect(await getOrCreate(cache, 'k', () => 'own')).toBe('own');
    own = true;
    expect(await getOrCreate(cache, 'k', () => 'never')).toBe('own');
    expect(events).toContainEqual(expect.objectContaining({ type: 'corrupt', cache: 'memory', key: 'k' }));
  });

  it('rejects at once where a signal is aborted during a slow codec or around', async () => {
    const never = () => new Promise<never>(() => {});
    const memory = new MemoryCache();
    await memory.set('k', text('v'));
    const slow = decorate(memory, { encode: never, decode: never });
    const stuck = decorate(memory, { around: never });
    const entries = [{ key: 'k', value: text('v') }];
    for (const cache of [slow, stuck]) {
      const calls: ((options: { signal: AbortSignal }) => Promise<unknown> | undefined)[] = [
        (options) => cache.get('k', options),
        (options) => cache.set('k', text('v'), options),
        (options) => cache.batch?.getMany(['k'], options),
        (options) => cache.batch?.setMany(entries, options),
      ];
      for (const call of calls) {
        const leaving = new AbortController();
        const result = call({ signal: leaving.signal });
        leaving.abort(new Error('stop'));
        await expect(result).rejects.toThrow('stop');
      }
    }
  });

  it('leaves no rejection unhandled where one entry of a batch is invalid and another cannot be encoded', async () => {
    const unhandled: unknown[] = [];
    const hear = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', hear);
    const cache = decorate(new MemoryCache(), {
      encode: async () => Promise.reject(new Error('encode')),
      decode: (stored) => stored,
    });
    const valid = { key: 'a', value: text('v') };
    await expect(cache.batch?.setMany([valid, { key: 'b', value: 1 as never }])).rejects.toMatchObject({
      code: 'ERR_INVALID_VALUE',
    });
    await expect(cache.batch?.setMany([valid, valid])).rejects.toThrow('encode');
    // Node tells of unhandled rejections after the microtasks of a turn.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', hear);
    expect(unhandled).toEqual([]);
  });

  it('does not take a step of a listing that failed and is tried again for the end of the listing', async () => {
    const memory = new MemoryCache();
    const failing = {
      ...memory.prefixes,
      async *keys() {
        yield 'a';
        throw new Error('connection lost');
      },
    };
    const bare = decorate(memory);
    const inner = {
      get: bare.get.bind(bare),
      set: bare.set.bind(bare),
      refresh: bare.refresh.bind(bare),
      remove: bare.remove.bind(bare),
      prefixes: failing,
    };
    const cache = decorate(inner, { around: (_, next) => next().catch(() => next()) });
    const list = async () => {
      for await (const _ of cache.prefixes?.keys('') ?? []);
    };
    await expect(list()).rejects.toThrow('connection lost');
  });

  it('surrounds every operation', async () => {
    const seen: string[] = [];
    const cache = decorate(new MemoryCache(), {
      around: (operation, next) => {
        seen.push(`${operation.name}(${operation.keys})`);
        return next();
      },
    });
    await cache.set('a', text('v'));
    await cache.get('a');
    await cache.refresh('a');
    await cache.remove('a');
    await cache.batch?.setMany([{ key: 'a', value: text('v') }]);
    await cache.batch?.getMany(['a', 'b']);
    await cache.batch?.removeMany(['a']);
    await cache.prefixes?.removeByPrefix('p');
    for await (const _ of cache.prefixes?.keys('p') ?? []);
    await getOrCreate(cache, 'g', () => 1);
    await getOrCreate(cache, 'h', () => undefined);
    await cache.invalidations?.listen({ keys: () => {}, all: () => {}, up: () => {}, down: () => {} });
    expect(seen).toEqual(
      [
        'set(a)',
        'get(a)',
        'refresh(a)',
        'remove(a)',
        'setMany(a)',
        'getMany(a,b)',
        'removeMany(a)',
        'removeByPrefix(p)',
        'keys(p)',
      ].concat(['get(g)', 'getOrLease(g)', 'commit(g)', 'get(h)', 'getOrLease(h)', 'release(h)', 'listen()']),
    );
  });

  it('tells its own listener in its own keys, and the inner one in the inner keys', async () => {
    const { cache, events: inner } = createTestCache();
    const outer: CacheEvent[] = [];
    const users = prefixed(cache, 'u:', { onEvent: (event) => outer.push(event) });
    await getOrCreate(users, '1', () => 1);
    await users.get('1');
    await users.remove('1');
    expect(outer.map((event) => [event.type, 'key' in event && event.key, event.cache])).toEqual(
      ['miss', 'loaded', 'set', 'hit', 'removed'].map((type) => [type, '1', 'prefixed(memory)']),
    );
    expect(new Set(inner.map((event) => 'key' in event && event.key))).toEqual(new Set(['u:1']));
    expect(new Set(inner.map((event) => event.cache))).toEqual(new Set(['memory']));
    expect(inner.map(({ type }) => type)).toContain('loaded');
  });

  it('has no prefixes where its keys keep none, and none of what the inner cache lacks', () => {
    const reverse = (key: string) => [...key].reverse().join('');
    const cache = decorate(new MemoryCache(), { mapKey: reverse, unmapKey: reverse, keepsPrefixes: false });
    expect(cache.prefixes).toBeUndefined();
    expect(cache.batch).toBeDefined();
    const bare = decorate({
      get: async () => undefined,
      set: async () => {},
      refresh: async () => {},
      remove: async () => {},
    });
    for (const name of ['batch', 'prefixes', 'leases', 'invalidations', 'timestamps', 'lifecycle'] as const)
      expect(bare[name]).toBeUndefined();
    expect(bare.name).toBe('decorated(unnamed)');
  });

  it('refuses options that it cannot work with', () => {
    const cache = new MemoryCache();
    expect(() => decorate(cache, { mapKey: (key) => key })).toThrow('mapKey and unmapKey');
    expect(() => decorate(cache, { encode: (value) => value })).toThrow('encode and decode');
    expect(() => decorate(cache, { around: 5 as never })).toThrow('around');
    expect(() => decorate(null as never)).toThrow('cache');
  });

  it('shares loads with the cache that it wraps', async () => {
    const cache = new MemoryCache();
    await setJson(prefixed(cache, 'a:'), 'k', 1);
    expect(await getOrCreate(cache, 'a:k', () => 2)).toBe(1);
  });
});
