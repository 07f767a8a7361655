import { HybridCache, type HybridCacheOptions, MemoryCache } from 'distributed-cache';
import { FakeClock } from 'distributed-cache/testing';
import { describe, expect, it, vi } from 'vitest';

function twoTiers(options: HybridCacheOptions = {}) {
  const clock = new FakeClock();
  return { clock, cache: new HybridCache({ clock, distributed: new MemoryCache({ clock }), ...options }) };
}

describe('adaptive caching', () => {
  it('keeps a value for as long as the value itself says', async () => {
    const { clock, cache } = twoTiers();
    const factory = vi.fn(async () => ({ token: 'abc', expiresIn: 90 }));
    const load = () =>
      cache.getOrCreate('k', factory, {
        expiration: '1h',
        adapt: (value) => ({ expiration: value.expiresIn * 1_000 }),
      });
    await load();
    clock.advance(89_999);
    await load();
    expect(factory).toHaveBeenCalledTimes(1);
    clock.advance(1);
    await load();
    expect(factory).toHaveBeenCalledTimes(2);
    await cache.close();
  });

  it('knows a value by the tags that it names itself, also where one was removed while it was loaded', async () => {
    const { cache } = twoTiers();
    const options = { tags: ['of the call'], adapt: ({ supplier }: { supplier: string }) => ({ tags: [supplier] }) };
    await cache.getOrCreate('k', () => ({ supplier: 's1' }), options);
    await cache.removeByTag('of the call');
    expect(await cache.get('k')).toEqual({ supplier: 's1' });
    await cache.removeByTag('s1');
    expect(await cache.get('k')).toBeUndefined();
    const slow = cache.getOrCreate(
      'k',
      async () => {
        await cache.removeByTag('s2');
        return { supplier: 's2' };
      },
      options,
    );
    expect(await slow).toEqual({ supplier: 's2' });
    expect(await cache.get('k')).toBeUndefined();
    await cache.close();
  });

  it('is the expiration of the call where the value names none, and an error where it names nonsense', async () => {
    const { clock, cache } = twoTiers();
    await cache.getOrCreate('k', () => 1, { expiration: '10s', adapt: () => undefined });
    clock.advance(9_999);
    expect(await cache.get('k')).toBe(1);
    clock.advance(1);
    expect(await cache.get('k')).toBeUndefined();
    const failing = cache.getOrCreate('k', () => 1, { adapt: () => ({ expiration: -5 }) });
    await expect(failing).rejects.toMatchObject({ code: 'ERR_INVALID_DURATION' });
    expect(await cache.getOrCreate('k', () => 2)).toBe(2);
    await cache.close();
  });
});

describe('doNotStore', () => {
  it('hands the value out, keeps it nowhere, and lets the next caller load', async () => {
    const { cache } = twoTiers();
    const factory = vi.fn(({ doNotStore }: { doNotStore(): void }, value: number) => [doNotStore, value]);
    const load = (value: number) =>
      cache.getOrCreate('k', (context) => {
        factory(context, value);
        const { doNotStore } = context;
        if (value === 1) doNotStore();
        return value;
      });
    expect(await load(1)).toBe(1);
    expect(cache.peek('k')).toBeUndefined();
    expect(await cache.get('k')).toBeUndefined();
    expect(await load(2)).toBe(2);
    expect(await load(3)).toBe(2);
    await cache.close();
  });
});

describe('jitter', () => {
  it('lets what was stored together end one by one, none too early and none too late', async () => {
    for (const store of ['set', 'load'] as const) {
      const { clock, cache } = twoTiers({ defaults: { expiration: '60s', jitter: '10s' } });
      const keys = Array.from({ length: 200 }, (_, i) => `k${i}`);
      for (const key of keys) await (store === 'set' ? cache.set(key, 1) : cache.getOrCreate(key, () => 1));
      const left = async () => (await cache.getMany(keys)).filter((value) => value !== undefined).length;
      clock.advance(59_999);
      expect(await left()).toBe(200);
      clock.advance(5_000);
      expect(await left()).toBeGreaterThan(50);
      expect(await left()).toBeLessThan(150);
      clock.advance(5_001);
      expect(await left()).toBe(0);
      await cache.close();
    }
  });

  it('does not prolong a local expiration of its own', async () => {
    const defaults = { expiration: '60s', localExpiration: '5s', jitter: '10s' } as const;
    const { clock, cache } = twoTiers({ distributed: undefined, defaults });
    await cache.set('k', 1);
    clock.advance(4_999);
    expect(cache.peek('k')).toBe(1);
    clock.advance(1);
    expect(cache.peek('k')).toBeUndefined();
    await cache.close();
  });
});

describe('defaultsByPrefix', () => {
  it('is by the longest prefix, and by the defaults in what it does not name', async () => {
    const { clock, cache } = twoTiers({
      defaults: { expiration: '10s' },
      defaultsByPrefix: { 'a:': { expiration: '20s' }, 'a:b:': { expiration: '30s' }, 'c:': { localExpiration: '1s' } },
    });
    const keys = ['x', 'a:1', 'a:b:1', 'c:1'];
    for (const key of keys) await cache.getOrCreate(key, () => 1);
    await cache.getOrCreateMany(['a:b:2', 'y'], async (missing) => new Map(missing.map((key) => [key, 1])));
    await cache.set('a:b:3', 1);
    await cache.set('a:b:4', 1, { expiration: '10s' });
    const found = async () => {
      const all = [...keys, 'a:b:2', 'y', 'a:b:3', 'a:b:4'];
      const values = await cache.getMany(all);
      return all.filter((_, i) => values[i] !== undefined);
    };
    await found();
    clock.advance(1_000);
    expect(cache.peek('c:1')).toBeUndefined();
    expect(await found()).toHaveLength(8);
    clock.advance(9_000);
    expect(await found()).toEqual(['a:1', 'a:b:1', 'a:b:2', 'a:b:3']);
    clock.advance(10_000);
    expect(await found()).toEqual(['a:b:1', 'a:b:2', 'a:b:3']);
    clock.advance(10_000);
    expect(await found()).toEqual([]);
    await cache.close();
  });

  it('refuses what says nothing of how long', () => {
    expect(() => new HybridCache({ defaultsByPrefix: { 'a:': 5 as never } })).toThrow('defaultsByPrefix["a:"]');
    expect(() => new HybridCache({ defaultsByPrefix: { 'a:': { expiration: 0 } } })).toThrow(RangeError);
    expect(() => new HybridCache({ defaults: { jitter: -1 } })).toThrow(RangeError);
  });
});

describe('sharing', () => {
  const dates = {
    serialize: (value: unknown) => new TextEncoder().encode(String((value as Date).getTime())),
    deserialize: (bytes: Uint8Array) => new Date(Number(new TextDecoder().decode(bytes))),
  };

  it("gives all callers one object with 'reference', frozen or not", async () => {
    const { cache } = twoTiers({ sharing: 'reference' });
    const load = (key: string, serializer?: typeof dates) =>
      cache.getOrCreate<object>(key, () => new Date(5), { serializer });
    const [one, two, three] = [await load('date', dates), await load('date', dates), await load('date', dates)];
    expect(one).toEqual(new Date(5));
    expect(three).toBe(two);
    const plain = await cache.getOrCreate('plain', () => ({ a: 1 }));
    expect(Object.isFrozen(plain)).toBe(false);
    await cache.close();
  });

  it('is chosen for one call, too, and otherwise safe', async () => {
    const { cache } = twoTiers();
    const get = () => cache.getOrCreate<object>('k', () => new Date(5), { serializer: dates });
    expect(await get()).not.toBe(await get());
    await cache.set('r', new Date(5), { serializer: dates, sharing: 'reference' });
    const read = () => cache.get<Date>('r', { serializer: dates, sharing: 'reference' });
    await read();
    expect(await read()).toBe(await read());
    expect(() => new HybridCache({ sharing: 'copy' as never })).toThrow('sharing');
    await cache.close();
  });
});
