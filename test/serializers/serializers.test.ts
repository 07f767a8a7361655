import { type CacheEvent, HybridCache, MemoryCache, type Serializer } from 'distributed-cache';
import { msgpackrSerializer } from 'distributed-cache/msgpackr';
import { superjsonSerializer } from 'distributed-cache/superjson';
import { v8Serializer } from 'distributed-cache/v8';
import { describe, expect, it } from 'vitest';
import { Random } from '../hybrid/simulation/random.js';

const serializers: Record<string, Serializer> = { msgpackrSerializer, superjsonSerializer, v8Serializer };

const rich = {
  date: new Date(1_700_000_000_000),
  map: new Map<unknown, unknown>([
    ['a', { b: 1 }],
    ['c', new Date(5)],
  ]),
  set: new Set([1, 'two']),
  big: 123_456_789_012_345n,
  none: undefined,
  nothing: null,
  text: 'ключ \u{1f511}',
  list: [1.5, -0.25, true, [], {}],
};
const mostTimes = 100_000;

describe.each(Object.entries(serializers))('%s', (_, serializer) => {
  it('gives back what it was given', () => {
    for (const value of [
      rich,
      [rich, rich],
      'text',
      '',
      5,
      -1.25,
      true,
      null,
      [],
      {},
      new Date(9),
      new Map([[1, 2]]),
    ]) {
      expect(serializer.deserialize(serializer.serialize(value))).toEqual(value);
    }
  });

  it('writes bytes that are nobody else’s', () => {
    const one = serializer.serialize({ a: 1 });
    const copy = new Uint8Array(one);
    serializer.serialize({ b: 'x'.repeat(500) });
    expect(one).toEqual(copy);
    expect(Object.getPrototypeOf(one)).toBe(Uint8Array.prototype);
  });

  it('refuses what it can not hold, without quoting it', () => {
    for (const value of [() => 'secret', Symbol('secret')]) {
      const failure = (() => {
        try {
          serializer.serialize(value);
        } catch (error) {
          return error;
        }
      })();
      expect(failure).toMatchObject({ name: 'TypeError', code: 'ERR_NOT_SERIALIZABLE' });
      expect(String(failure)).not.toContain('secret');
    }
  });

  it('gives a value or an error without a part of it for 100,000 changed payloads', { timeout: 120_000 }, () => {
    const random = new Random(3);
    const { none: _, ...storable } = rich;
    const payload = serializer.serialize({ ...storable, secret: 'xyzzy' });
    let failures = 0;
    for (let i = 0; i < mostTimes; i++) {
      const mutant = new Uint8Array(payload);
      for (let flips = 1 + random.below(3); flips > 0; flips--) mutant[random.below(mutant.length)] = random.below(256);
      const bytes = random.chance(0.3) ? mutant.subarray(0, random.below(mutant.length)) : mutant;
      try {
        serializer.deserialize(bytes);
      } catch (error) {
        failures++;
        expect(error).toBeInstanceOf(SyntaxError);
        expect(String(error)).not.toContain('xyzzy');
      }
    }
    expect(failures).toBeGreaterThan(mostTimes / 10);
  });

  it('is a serializer of a HybridCache: copies for each, and what it can not read is a miss', async () => {
    const distributed = new MemoryCache();
    const events: CacheEvent[] = [];
    await using one = new HybridCache({ distributed, serializer });
    await using other = new HybridCache({ distributed, serializer, onEvent: (event) => events.push(event) });
    const first = await one.getOrCreate('k', () => rich);
    const second = await one.getOrCreate('k', () => rich);
    expect([first, second, await other.get('k')]).toEqual([rich, rich, rich]);
    expect(second.date).not.toBe(first.date);
    await one.set('plain', { a: [1] });
    const plain = await other.get('plain');
    expect(Object.isFrozen(plain)).toBe(true);
    await new HybridCache({ distributed }).set('k', 'of another serializer, and long enough to be none of this one');
    await other.get('k').catch(() => {});
    expect(await other.getOrCreate('null', () => null)).toBeNull();
    expect(await one.getOrCreate('null', () => 5)).toBeNull();
  });
});
