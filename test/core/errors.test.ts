import {
  BatchError,
  CacheClosedError,
  CacheError,
  type CacheEvent,
  CorruptEntryError,
  getJson,
  getOrCreate,
  getString,
  isCacheError,
  LoadTimeoutError,
  logEvents,
  MemoryCache,
  parseDuration,
  resolveLifetime,
} from 'distributed-cache';
import { describe, expect, it } from 'vitest';

describe('errors', () => {
  it('are told apart by class and by code', () => {
    const error = new CacheClosedError('memory');
    expect(error).toBeInstanceOf(CacheError);
    expect(error).toBeInstanceOf(CacheClosedError);
    expect(error).not.toBeInstanceOf(BatchError);
    expect(error).toMatchObject({ name: 'CacheClosedError', code: 'ERR_CACHE_CLOSED' });
    expect(isCacheError(error)).toBe(true);
    expect(isCacheError(error, 'ERR_CACHE_CLOSED')).toBe(true);
    expect(isCacheError(error, 'ERR_BATCH_FAILED')).toBe(false);
    for (const other of [new Error('x'), new TypeError('x'), null, undefined, 5, {}]) {
      expect(isCacheError(other)).toBe(false);
      expect(other instanceof CacheError).toBe(false);
    }
  });

  it('can be extended by users, and their classes are told apart', () => {
    class Mine extends CacheError {}
    class Other extends CacheError {}
    const mine = new Mine('ERR_MINE', 'mine', { cause: 1 });
    expect(mine).toBeInstanceOf(Mine);
    expect(mine).toBeInstanceOf(CacheError);
    expect(mine).not.toBeInstanceOf(Other);
    expect(new CorruptEntryError('ERR_CORRUPT_ENTRY', 'x')).not.toBeInstanceOf(Mine);
    expect(mine).toMatchObject({ name: 'Mine', cause: 1 });
  });

  it('cut long keys in messages', () => {
    expect(new LoadTimeoutError('k'.repeat(10_000), 5).message.length).toBeLessThan(250);
  });
});

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['0.07s', 70],
    [0.2, 1],
    [1.6, 2],
  ] as const)('%s is %d ms', (duration, ms) => {
    expect(parseDuration(duration, 'x')).toBe(ms);
  });

  it.each([0, -1, Number.NaN, Infinity, 1e16, '5 parsecs', '5', 's', '-5s', '1e3s', ' 5s', '0s', ''])(
    'refuses %j',
    (duration) => {
      expect(() => parseDuration(duration as never, 'slidingExpiration')).toThrow(RangeError);
      expect(() => parseDuration(duration as never, 'slidingExpiration')).toThrow('slidingExpiration: expected');
    },
  );

  it.each([null, {}, true, 5n])('refuses the type of %s', (duration) => {
    expect(() => parseDuration(duration as never, 'x')).toThrow(TypeError);
  });

  it('end before the largest Date', () => {
    expect(() => resolveLifetime({ relativeExpiration: 8.64e15 }, 1)).toThrow(RangeError);
    expect(() => resolveLifetime({ slidingExpiration: 8.64e15 }, 1)).toThrow(RangeError);
    expect(resolveLifetime({ relativeExpiration: 8.64e15 - 1 }, 1).absolute).toBe(8.64e15);
  });
});

describe('listeners', () => {
  it('that throw or reject break nothing, and are reported once', async () => {
    const printed: unknown[] = [];
    const { error } = console;
    console.error = (...args) => printed.push(args);
    try {
      for (const onEvent of [
        () => {
          throw new Error('listener');
        },
        async () => {
          throw new Error('listener');
        },
      ]) {
        const cache = new MemoryCache({ onEvent });
        await cache.set('k', new Uint8Array(1));
        expect(await cache.get('k')).toEqual(new Uint8Array(1));
      }
    } finally {
      console.error = error;
    }
    expect(printed).toHaveLength(2);
  });

  it('of single calls are told of the read too, and a broken one is reported once', async () => {
    const types: string[] = [];
    const cache = new MemoryCache();
    const onEvent = (event: CacheEvent) => types.push(event.type);
    await getOrCreate(cache, 'k', () => 1, { onEvent });
    await getOrCreate(cache, 'k', () => 1, { onEvent });
    await getJson(cache, 'k', { onEvent });
    await getString(cache, 'x', { onEvent });
    expect(types).toEqual(['miss', 'loaded', 'hit', 'hit', 'miss']);
    await expect(getOrCreate(cache, 'k', () => 1, { onEvent: 5 as never })).rejects.toMatchObject({
      code: 'ERR_INVALID_OPTION',
    });
    const printed: unknown[] = [];
    const { error } = console;
    console.error = (...args) => printed.push(args);
    const broken = () => {
      throw new Error('listener');
    };
    for (let i = 0; i < 5; i++) await getOrCreate(cache, `k${i}`, () => 1, { onEvent: broken });
    console.error = error;
    expect(printed).toHaveLength(1);
  });

  it('logEvents writes a line each: warnings for what is worth a look, never a value', async () => {
    const lines: string[] = [];
    const cache = new MemoryCache({
      maxBytes: 500,
      onEvent: logEvents({ debug: (line) => lines.push(`debug ${line}`), warn: (line) => lines.push(`warn ${line}`) }),
    });
    await cache.set('k"ey', new TextEncoder().encode('secret'));
    await cache.get('k"ey');
    await cache.get('other');
    await cache.set('k"ey', new Uint8Array(500));
    await cache.clear();
    expect(lines).toEqual([
      'debug cache memory: set "k\\"ey" 6 bytes',
      'debug cache memory: hit "k\\"ey"',
      'debug cache memory: miss "other" absent',
      'warn cache memory: rejected "k\\"ey" tooLarge',
      'debug cache memory: cleared',
    ]);
  });
});
