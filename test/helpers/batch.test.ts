import {
  type BatchEntry,
  BatchError,
  type DistributedCache,
  getMany,
  MemoryCache,
  prefixed,
  removeByPrefix,
  removeMany,
  setMany,
  UnsupportedOperationError,
} from 'distributed-cache';
import { describe, expect, it } from 'vitest';
import { text } from './tools.js';

const withoutCapabilities = (cache: DistributedCache, failing: string[] = []): DistributedCache => {
  const check = async (key: string) => {
    if (failing.includes(key)) throw new Error(`no ${key}`);
  };
  return {
    name: 'plain',
    get: (key, options) => cache.get(key, options),
    set: async (key, value, options) => {
      await check(key);
      await cache.set(key, value, options);
    },
    refresh: (key, options) => cache.refresh(key, options),
    remove: async (key, options) => {
      await check(key);
      await cache.remove(key, options);
    },
  };
};

describe.each([
  ['a cache with batch', (cache: MemoryCache): DistributedCache => cache],
  ['a cache without', (cache: MemoryCache) => withoutCapabilities(cache)],
])('the batch helpers on %s', (_, wrap) => {
  it('store, read in the order of the keys, and remove', async () => {
    const cache = wrap(new MemoryCache());
    await setMany(cache, [
      { key: 'a', value: text('1') },
      { key: 'b', value: text('2'), options: { relativeExpiration: '1m' } },
      { key: 'a', value: text('3') },
    ]);
    expect(await getMany(cache, ['b', 'x', 'a', 'b'])).toEqual([text('2'), undefined, text('3'), text('2')]);
    await removeMany(cache, ['a', 'x']);
    expect(await getMany(cache, ['a', 'b'])).toEqual([undefined, text('2')]);
  });

  it('validate everything before they write anything', async () => {
    const cache = wrap(new MemoryCache());
    const good = { key: 'a', value: text('1') };
    const bad: BatchEntry[] = [
      { key: 'b', value: text('2'), options: { relativeExpiration: -1 } },
      { key: '\ud800', value: text('2') },
      { key: 'b', value: 'x' as never },
      undefined as never,
    ];
    for (const entry of bad) await expect(setMany(cache, [good, entry])).rejects.toHaveProperty('code');
    await expect(setMany(cache, 'x' as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    await expect(getMany(cache, ['a', 1 as never])).rejects.toMatchObject({
      message: expect.stringContaining('keys[1]'),
    });
    expect(await cache.get('a')).toBeUndefined();
  });

  it('reject with the reason of an aborted signal', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    const cache = wrap(new MemoryCache());
    await expect(getMany(cache, ['a'], { signal })).rejects.toThrow('gone');
    await expect(setMany(cache, [{ key: 'a', value: text('1') }], { signal })).rejects.toThrow('gone');
    await expect(removeMany(cache, ['a'], { signal })).rejects.toThrow('gone');
    expect(await cache.get('a')).toBeUndefined();
  });
});

describe('the batch helpers where some keys fail', () => {
  it('do the rest and name what failed', async () => {
    const memory = new MemoryCache();
    const cache = withoutCapabilities(memory, ['bad']);
    const entries = ['a', 'bad', 'c'].map((key) => ({ key, value: text(key) }));
    const error = await setMany(cache, entries).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BatchError);
    expect((error as BatchError).failed).toEqual([{ index: 1, key: 'bad', error: new Error('no bad') }]);
    expect(await memory.get('c')).toEqual(text('c'));
    await expect(removeMany(cache, ['a', 'bad'])).rejects.toMatchObject({
      code: 'ERR_BATCH_FAILED',
      cause: new Error('no bad'),
    });
    expect(await memory.get('a')).toBeUndefined();
  });

  it('name them by the keys of the decorator', async () => {
    const inner = new MemoryCache();
    const failing: DistributedCache = {
      ...withoutCapabilities(inner),
      batch: {
        ...inner.batch,
        removeMany: async (keys) => {
          throw new BatchError([{ index: 0, key: keys[0] as string, error: new Error('x') }], keys.length);
        },
      },
    };
    const error = await removeMany(prefixed(failing, 'u:'), ['1', '2']).catch((thrown: unknown) => thrown);
    expect((error as BatchError).failed).toMatchObject([{ index: 0, key: '1' }]);
  });
});

describe('removeByPrefix', () => {
  it('removes what begins with the prefix, and says how many', async () => {
    const cache = new MemoryCache();
    await setMany(
      cache,
      ['p:1', 'p:2', 'q:1', 'p*'].map((key) => ({ key, value: text(key) })),
    );
    expect(await removeByPrefix(cache, 'p:')).toBe(2);
    expect(await removeByPrefix(cache, 'p*')).toBe(1);
    expect(cache.size).toBe(1);
  });

  it('names the backend that cannot', async () => {
    const call = removeByPrefix(prefixed(withoutCapabilities(new MemoryCache()), 'x'), 'p');
    await expect(call).rejects.toBeInstanceOf(UnsupportedOperationError);
    await expect(call).rejects.toThrow("'prefixed(plain)' has no 'prefixes'");
  });
});
