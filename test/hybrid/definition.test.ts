import { type CacheEvent, HybridCache, MemoryCache, type StandardSchema } from 'distributed-cache';
import * as v from 'valibot';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';

describe('define', () => {
  it('says once how values are named, loaded and kept', async () => {
    await using cache = new HybridCache({ distributed: new MemoryCache() });
    const load = vi.fn(async (id: number) => ({ id, name: `product ${id}` }));
    const product = cache.define({ key: (id: number) => `product:${id}`, load, tags: (id) => [`t${id % 2}`, 'all'] });
    expect(await product.get(5)).toEqual({ id: 5, name: 'product 5' });
    expect(await product.get(5)).toEqual({ id: 5, name: 'product 5' });
    expect(load).toHaveBeenCalledTimes(1);
    await product.set(6, { id: 6, name: 'set' });
    expect((await product.get(6)).name).toBe('set');
    expect(product.keyOf(6)).toBe('product:6');
    await cache.removeByTag('t1');
    expect(await product.get(5)).toEqual({ id: 5, name: 'product 5' });
    expect(load).toHaveBeenCalledTimes(2);
    expect((await product.get(6)).name).toBe('set');
    await product.remove(6);
    expect((await product.get(6)).name).toBe('product 6');
    await product.set(6, { id: 6, name: 'set' });
    await product.expire(6);
    expect((await product.get(6)).name).toBe('product 6');
    await product.get(6);
    expect(product.peek(6)).toEqual({ id: 6, name: 'product 6' });
    await cache.removeByTag('all');
    expect(await cache.getMany(['product:5', 'product:6'])).toEqual([undefined, undefined]);
  });

  it('loads what misses of many by one call of loadMany, with the tags of each', async () => {
    await using cache = new HybridCache({ distributed: new MemoryCache() });
    const loadMany = vi.fn(
      async (ids: readonly number[]) => new Map(ids.filter((id) => id < 9).map((id) => [id, `v${id}`])),
    );
    const item = cache.define({
      key: (id: number) => `i:${id}`,
      load: (id) => `one ${id}`,
      loadMany,
      tags: (id) => [`t${id}`],
    });
    await item.set(2, 'set');
    expect(await item.getMany([1, 2, 3, 9, 1])).toEqual(['v1', 'set', 'v3', undefined, 'v1']);
    expect(loadMany.mock.calls.map(([ids]) => ids)).toEqual([[1, 3, 9]]);
    await cache.removeByTag('t1');
    expect(await item.getMany([1, 3])).toEqual(['v1', 'v3']);
    expect(loadMany.mock.calls.map(([ids]) => ids)).toEqual([[1, 3, 9], [1]]);
  });

  it('loads one by one where there is no loadMany', async () => {
    await using cache = new HybridCache();
    const item = cache.define({ key: (id: number) => `i:${id}`, load: async (id) => id * 2 });
    expect(await item.getMany([1, 2, 1])).toEqual([2, 4, 2]);
    expect(cache.stats.factoryRuns).toBe(2);
  });

  it('needs no argument where the key does not', async () => {
    await using cache = new HybridCache();
    const settings = cache.define({ key: () => 'settings', load: () => ({ dark: true }) });
    expect(await settings.get()).toEqual({ dark: true });
    expect(await settings.get()).toBe(settings.peek());
  });

  it('passes a signal and a timeout on', async () => {
    const cache = new HybridCache();
    const slow = cache.define({ key: () => 'k', load: () => new Promise<string>(() => {}), timeout: '5ms' });
    await expect(slow.get()).rejects.toMatchObject({ code: 'ERR_LOAD_TIMEOUT' });
    await expect(slow.get(undefined, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
    // The factory goes on, and is not waited for here.
    await cache.close({ timeout: 1 });
  });

  it.each([
    ['zod', z.object({ id: z.number(), at: z.coerce.date() }) as StandardSchema<unknown, { id: number; at: Date }>],
    [
      'valibot',
      v.object({
        id: v.number(),
        at: v.pipe(
          v.string(),
          v.transform((text) => new Date(text)),
        ),
      }),
    ],
  ] as const)('takes from a schema what it makes of values, on a miss as on a hit: %s', async (_, schema) => {
    const distributed = new MemoryCache();
    await using one = new HybridCache({ distributed });
    await using other = new HybridCache({ distributed });
    const event = (cache: HybridCache) =>
      cache.define({ key: (id: number) => `e:${id}`, load: (id) => ({ id, at: new Date(0).toISOString() }), schema });
    const values = [await event(one).get(1), await event(one).get(1), await event(other).get(1)];
    for (const value of values) expect(value).toEqual({ id: 1, at: new Date(0) });
    // A Date can be changed, so each caller has its own.
    expect(new Set(values.map(({ at }) => at)).size).toBe(3);
  });

  it('loads again what is stored and does not fit, and refuses what is loaded and does not', async () => {
    const events: CacheEvent[] = [];
    await using cache = new HybridCache({
      distributed: new MemoryCache(),
      local: false,
      onEvent: (event) => events.push(event),
    });
    await cache.set('n:1', 'no number');
    let answer: unknown = 5;
    const number = cache.define({ key: (id: number) => `n:${id}`, load: () => answer, schema: z.number() });
    expect(await number.get(1)).toBe(5);
    expect(events.find(({ type }) => type === 'corrupt')).toMatchObject({ key: 'n:1' });
    await number.remove(1);
    answer = 'secret text';
    const failure = await number.get(1).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ERR_SCHEMA_MISMATCH' });
    expect(String(failure)).not.toContain('secret');
    expect(await cache.get('n:1')).toBeUndefined();
    await cache.set('n:2', null);
    answer = 7;
    expect(await number.get(2)).toBe(7);
  });

  it('refuses what is no definition', () => {
    const cache = new HybridCache();
    const refused = (options: unknown) => expect(() => cache.define(options as never)).toThrow(TypeError);
    refused(undefined);
    refused({ load: () => 1 });
    refused({ key: () => 'k' });
    refused({ key: () => 'k', load: () => 1, loadMany: 5 });
    refused({ key: () => 'k', load: () => 1, schema: {} });
  });

  it('refuses a schema that takes its time', async () => {
    await using cache = new HybridCache();
    const slow = { '~standard': { version: 1, vendor: 'x', validate: async (value: unknown) => ({ value }) } } as const;
    const item = cache.define({ key: () => 'k', load: () => 1, schema: slow });
    await expect(item.get()).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
  });
});
