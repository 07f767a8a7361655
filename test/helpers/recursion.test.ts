import {
  type DistributedCache,
  getOrCreate,
  MemoryCache,
  NoopCache,
  prefixed,
  RecursiveLoadError,
} from 'distributed-cache';
import { describe, expect, it } from 'vitest';
import { deferred, settle } from './tools.js';

describe.each([
  ['memory', () => new MemoryCache()],
  ['no-op, which has no leases', () => new NoopCache()],
])('a factory that waits for itself, on %s', (_, create: () => DistributedCache) => {
  it('gets an error that names the recursion', async () => {
    const cache = create();
    const call = getOrCreate(cache, 'k', async () => getOrCreate(cache, 'k', () => 1));
    await expect(call).rejects.toBeInstanceOf(RecursiveLoadError);
    await expect(call).rejects.toMatchObject({
      code: 'ERR_RECURSIVE_LOAD',
      message: expect.stringContaining('"k" -> "k"'),
    });
    expect(await getOrCreate(cache, 'k', () => 2)).toBe(2);
  });

  it('gets it also after an await, through another wrapper and another key', async () => {
    const cache = create();
    const a = (): Promise<number> =>
      getOrCreate(cache, 'x:a', async () => {
        await settle();
        return b();
      });
    const b = (): Promise<number> => getOrCreate(prefixed(cache, 'x:'), 'b', async () => a());
    await expect(a()).rejects.toMatchObject({
      message: expect.stringMatching(/"x:a" -> "x:b" -> "x:a"|"x:b" -> "x:a" -> "x:b"/),
    });
  });

  it('gets it where two loads that began apart wait for each other', async () => {
    const cache = create();
    const both = deferred<void>();
    const a = getOrCreate(cache, 'a', async () => {
      await both.promise;
      return getOrCreate(cache, 'b', () => 0);
    });
    const b = getOrCreate(cache, 'b', async () => {
      await both.promise;
      return getOrCreate(cache, 'a', () => 0);
    });
    await settle();
    both.resolve();
    const results = await Promise.allSettled([a, b]);
    for (const result of results) {
      expect(result.status === 'rejected' && result.reason).toBeInstanceOf(RecursiveLoadError);
    }
  });

  it('gets it also where another call of it for the same load has left', async () => {
    const cache = create();
    const gate = deferred<void>();
    const leaving = new AbortController();
    const a = getOrCreate(cache, 'a', async () => {
      const one = getOrCreate(cache, 'b', () => 0, { signal: leaving.signal }).catch(() => 0);
      const two = getOrCreate(cache, 'b', () => 0);
      await one;
      return two;
    });
    const b = getOrCreate(cache, 'b', async () => {
      await gate.promise;
      return getOrCreate(cache, 'a', () => 0);
    });
    await settle();
    leaving.abort(new Error('left'));
    await settle();
    gate.resolve();
    for (const call of [a, b]) await expect(call).rejects.toBeInstanceOf(RecursiveLoadError);
  });

  it('is not what calls of other keys, or from a factory that is over, are', async () => {
    const cache = create();
    let later: (() => Promise<number>) | undefined;
    const outer = await getOrCreate(cache, 'outer', async () => {
      later = async () => getOrCreate(cache, 'outer', () => 5);
      const [one, two] = await Promise.all([getOrCreate(cache, 'i', () => 1), getOrCreate(cache, 'i', () => 1)]);
      return one + two;
    });
    expect(outer).toBe(2);
    expect(await later?.()).toBe(cache instanceof MemoryCache ? 2 : 5);
  });
});
