import { describe, expect, it } from 'vitest';
import { Suspects } from '../../../src/decorators/fail-open/suspects.js';
import { openBreaker, settle, setUp, text } from './tools.js';

const old = text('old');
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('more removals than can be remembered by name', () => {
  /** A cache that remembers 20 names, and was to remember 50. */
  async function overflowed() {
    const tools = setUp({ maxRemembered: 20 });
    const { cache, memory, cut, restore } = tools;
    const keys = names('k', 50);
    for (const key of [...keys, 'other']) await memory.set(key, old);
    cut();
    await openBreaker(cache);
    for (const key of keys) await cache.remove(key);
    restore();
    return { ...tools, keys };
  }

  it('are told once, and all stay hidden', async () => {
    const { events, keys, get, pass } = await overflowed();
    const overflows = () => events.filter(({ type }) => type === 'removalsOverflowed');
    expect(overflows()).toEqual([{ type: 'removalsOverflowed', cache: 'failOpen(chaos(memory))', limit: 20 }]);
    expect(events.filter(({ type }) => type === 'removalRemembered')).toHaveLength(20);
    for (const key of keys) expect(await get(key)).toBeUndefined();
    await pass(1_000);
    for (const key of keys) expect(await get(key)).toBeUndefined();
    expect(overflows()).toHaveLength(1);
  });

  it('are made up for when they are used, whatever uses them, and never served before', async () => {
    const uses = [
      (key: string) => setUpCache.get(key),
      async (key: string) => setUpCache.batch?.getMany([key]),
      async (key: string) => setUpCache.leases?.getOrLease(key, { duration: '1m' }),
      async (key: string) => setUpCache.leases?.commit(key, 'token', old),
      (key: string) => setUpCache.refresh(key),
    ] as const;
    const { cache: setUpCache, memory, keys, get, pass, events } = await overflowed();
    await pass(1_000);
    // The 20 that were remembered are gone; the 30 others wait to be used.
    expect(events.filter(({ type }) => type === 'removalReplayed')).toHaveLength(20);
    expect(memory.size).toBe(31);
    for (const [i, key] of keys.slice(20).entries()) {
      await uses[i % uses.length]?.(key);
      await settle();
      expect(await memory.get(key), key).toBeUndefined();
      await memory.set(key, text('new'));
      expect(await get(key)).toBe('new');
    }
  });

  it('leave other keys alone, but for a few', async () => {
    const { get, pass } = await overflowed();
    await pass(1_000);
    expect(await get('other')).toBe('old');
  });

  it('are not listed, and listing them does nothing to them', async () => {
    const { cache, memory, pass } = await overflowed();
    await pass(1_000);
    const listed: string[] = [];
    for await (const key of cache.prefixes?.keys('') ?? []) listed.push(key);
    expect(listed).toEqual(['other']);
    await settle();
    expect(memory.size).toBe(31);
  });

  it('are made up for by an own set, removal, or removal of everything', async () => {
    const { cache, memory, keys, get, pass } = await overflowed();
    await pass(1_000);
    const [one, other, another] = keys.slice(20) as [string, string, string];
    await cache.set(one, text('new'));
    expect(await get(one)).toBe('new');
    await cache.remove(other);
    await memory.set(other, text('new'));
    expect(await get(other)).toBe('new');
    await cache.prefixes?.removeByPrefix('');
    await memory.set(another, text('new'));
    expect(await get(another)).toBe('new');
    await settle();
    expect(await get(another)).toBe('new');
  });

  it('of prefixes make every key suspect, which is removed when it is used first', async () => {
    const { cache, memory, cut, restore, get, pass } = setUp({ maxRemembered: 2, breaker: { failures: 100 } });
    for (const key of ['a:1', 'd:1', 'other']) await memory.set(key, old);
    cut();
    for (const prefix of ['a:', 'b:', 'c:', 'd:']) await cache.prefixes?.removeByPrefix(prefix);
    restore();
    await pass(1_000);
    for (const key of ['a:1', 'd:1', 'other']) {
      expect(await get(key)).toBeUndefined();
      await settle();
      expect(await memory.get(key)).toBeUndefined();
    }
    await memory.set('d:1', text('new'));
    expect(await get('d:1')).toBe('new');
  });

  it('a set that began before does not show its key', async () => {
    const suspects = new Suspects(20);
    suspects.add('k', 7);
    suspects.keyMadeUp('k', 6);
    expect(suspects.has('k')).toBe(true);
    suspects.keyMadeUp('k', 7);
    expect(suspects.has('k')).toBe(false);
    suspects.add('k', 8);
    expect(suspects.has('k')).toBe(true);
  });

  it('take bounded memory: of too many that were made up for, the oldest are suspect again', () => {
    const suspects = new Suspects(20);
    for (const key of names('k', 30)) suspects.add(key, 1);
    for (const key of names('k', 30)) suspects.keyMadeUp(key, 1);
    expect(names('k', 30).filter((key) => suspects.has(key))).toEqual(names('k', 10));
  });

  it('make fewer than two of a thousand other keys suspect where 50,000 are added to 10,000', () => {
    const suspects = new Suspects(10_000);
    const added = names('product:', 50_000);
    for (const key of added) suspects.add(key, 1);
    expect(added.every((key) => suspects.has(key))).toBe(true);
    const others = names('user:', 100_000).filter((key) => suspects.has(key));
    expect(others.length).toBeLessThan(200);
  });
});
