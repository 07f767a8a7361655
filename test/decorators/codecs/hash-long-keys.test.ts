import { createHash } from 'node:crypto';
import { HybridCache, MemoryCache } from 'distributed-cache';
import { hashLongKeys } from 'distributed-cache/hash-long-keys';
import { describeDistributedCache, FakeClock } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';
import { text } from '../../helpers/tools.js';
import { over } from './tools.js';

const long = `${'k'.repeat(300)}!`;
const nameOf = (key: string) => `${key.slice(0, 64)}#sha256:${createHash('sha256').update(key).digest('hex')}`;
const value = text('value');

const clock = new FakeClock();
describeDistributedCache('hashLongKeys(memory)', {
  create: () => hashLongKeys(new MemoryCache({ clock })),
  clock,
  capabilities: ['lifecycle', 'batch', 'leases', 'invalidations', 'timestamps'],
  runner: { describe, it },
});

describe('hashLongKeys', () => {
  it('stores a long key under its hash, and a short one as it is', async () => {
    const { cache, inner } = over(hashLongKeys);
    await cache.set(long, value);
    await cache.set('short', value);
    expect(await cache.get(long)).toEqual(value);
    expect(await inner.get('short')).toEqual(value);
    expect(await inner.get(nameOf(long))).toBeDefined();
    expect(nameOf(long).length).toBeLessThanOrEqual(136);
    await cache.remove(long);
    expect(inner.size).toBe(1);
  });

  it('keeps apart a key that looks like the hash of another', async () => {
    const { cache } = over(hashLongKeys);
    await cache.set(long, value);
    const disguised = nameOf(long);
    expect(await cache.get(disguised)).toBeUndefined();
    await cache.set(disguised, text('other'));
    expect(await cache.get(long)).toEqual(value);
    expect(await cache.get(disguised)).toEqual(text('other'));
  });

  it('takes no entry for that of another key, should two have one hash', async () => {
    const { cache, inner, events } = over(hashLongKeys);
    await cache.set(`${long}2`, value);
    await inner.set(nameOf(long), (await inner.get(nameOf(`${long}2`))) as Uint8Array);
    expect(await cache.get(long)).toBeUndefined();
    expect(events.some(({ type }) => type === 'corrupt')).toBe(true);
  });

  it('cuts no character in two', async () => {
    const { cache } = over(hashLongKeys);
    const key = `${'a'.repeat(63)}\u{1f511}${'b'.repeat(300)}`;
    await cache.set(key, value);
    expect(await cache.get(key)).toEqual(value);
  });

  it('tells of changes by the full key, also of one that it forgets', async () => {
    const { cache, inner } = over(hashLongKeys);
    const heard: string[] = [];
    const sink = {
      keys: (keys: readonly string[]) => heard.push(...keys),
      all: () => {},
      up: () => {},
      down: () => {},
    };
    const listening = await cache.invalidations?.listen(sink);
    await cache.set(long, value);
    await inner.remove(nameOf(long));
    expect(heard).toEqual([long, long]);
    for (let i = 0; i < 10_000; i++) await cache.get(`${long}${i}`);
    expect(heard).toEqual([long, long, long]);
    await listening?.[Symbol.asyncDispose]();
    for (let i = 0; i < 10_000; i++) await cache.get(`${long}again${i}`);
    expect(heard).toHaveLength(3);
  });

  it('is under a HybridCache what its cache is', async () => {
    const distributed = hashLongKeys(new MemoryCache());
    await using one = new HybridCache({ distributed, maxKeyLength: 5_000 });
    await using other = new HybridCache({ distributed, maxKeyLength: 5_000 });
    await Promise.all([one.ready(), other.ready()]);
    await one.set(long, 1, { tags: ['t'] });
    await other.get(long);
    expect(other.peek(long)).toBe(1);
    await one.set(long, 2, { tags: ['t'] });
    expect(other.peek(long)).toBeUndefined();
    expect(await other.get(long)).toBe(2);
    await one.removeByTag('t');
    expect(await other.get(long)).toBeUndefined();
    await expect(one.removeByPrefix('k')).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED_OPERATION' });
  });

  it('refuses a length in which no hash has room', () => {
    for (const maxLength of [135, 0, 1.5])
      expect(() => hashLongKeys(new MemoryCache(), { maxLength })).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
      );
    expect(() => hashLongKeys(null as never)).toThrow(TypeError);
  });
});
