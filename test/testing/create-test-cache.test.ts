import { type CacheEvent, getString, MemoryCache, setString } from 'distributed-cache';
import { createTestCache, FakeClock } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';

describe('createTestCache', () => {
  it('gives a MemoryCache whose time the test moves', async () => {
    const { cache, clock } = createTestCache();
    expect(cache).toBeInstanceOf(MemoryCache);
    await setString(cache, 'k', 'value', { relativeExpiration: '5m' });
    clock.advance(299_999);
    expect(await getString(cache, 'k')).toBe('value');
    clock.advance(1);
    expect(await getString(cache, 'k')).toBeUndefined();
  });

  it('records events, and tells the listener too', async () => {
    const heard: CacheEvent[] = [];
    const { cache, events } = createTestCache({ onEvent: (event) => heard.push(event) });
    await cache.set('k', Uint8Array.of(1));
    await cache.get('k');
    expect(events.map(({ type }) => type)).toEqual(['set', 'hit']);
    expect(heard).toEqual(events);
  });

  it('passes the options of MemoryCache on', async () => {
    const { cache, events } = createTestCache({ maxEntries: 1 });
    await cache.set('a', Uint8Array.of(1));
    await cache.set('b', Uint8Array.of(1));
    expect(cache.size).toBe(1);
    expect(events).toContainEqual({ type: 'evicted', cache: 'memory', key: 'a', reason: 'capacity' });
    expect(() => createTestCache({ maxBytes: -1 })).toThrow(RangeError);
  });

  it('can share a clock', () => {
    const clock = new FakeClock(0);
    expect(createTestCache({ clock }).clock).toBe(clock);
    expect(createTestCache().clock).not.toBe(createTestCache().clock);
  });
});
