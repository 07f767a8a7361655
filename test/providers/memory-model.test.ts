import { MemoryCache } from 'distributed-cache';
import { FakeClock } from 'distributed-cache/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

interface Entry {
  value: number;
  absolute: number;
  sliding: number;
  deadline: number;
}

/** What a cache is to do, in the plainest words. */
class Model {
  readonly entries = new Map<string, Entry>();
  now = 0;

  set(key: string, value: number, absolute: number, relative: number, sliding: number) {
    const cap = relative === Infinity ? absolute : this.now + relative;
    this.entries.set(key, { value, absolute: cap, sliding, deadline: Math.min(cap, this.now + sliding) });
  }

  get(key: string): number | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.deadline <= this.now) return undefined;
    entry.deadline = Math.min(entry.absolute, this.now + entry.sliding);
    return entry.value;
  }

  keys(prefix: string) {
    return [...this.entries]
      .filter(([key, entry]) => key.startsWith(prefix) && entry.deadline > this.now)
      .map(([key]) => key);
  }
}

const key = fc.constantFrom('a', 'ab', 'b', '');
const span = fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 20 }));
const step = fc.oneof(
  fc.record({
    type: fc.constant('set' as const),
    key,
    value: fc.nat(255),
    absolute: span,
    relative: span,
    sliding: span,
  }),
  fc.record({ type: fc.constantFrom('get' as const, 'refresh' as const, 'remove' as const, 'getMany' as const), key }),
  fc.record({ type: fc.constantFrom('removeByPrefix' as const, 'keys' as const), key }),
  fc.record({
    type: fc.constant('advance' as const),
    ms: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 4_000 })),
  }),
);

const finite = (ms: number) => (ms === Infinity ? undefined : ms);

describe('MemoryCache against a plain model', () => {
  it('does the same in random sequences of operations with time moving', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = new FakeClock();
        const start = clock.now();
        const cache = new MemoryCache({ clock });
        const model = new Model();
        for (const each of steps) {
          if (each.type === 'advance') {
            clock.advance(each.ms);
            model.now += each.ms;
          } else if (each.type === 'set') {
            await cache.set(each.key, Uint8Array.of(each.value), {
              absoluteExpiration: each.absolute === Infinity ? undefined : new Date(start + model.now + each.absolute),
              relativeExpiration: finite(each.relative),
              slidingExpiration: finite(each.sliding),
            });
            model.set(each.key, each.value, model.now + each.absolute, each.relative, each.sliding);
          } else if (each.type === 'get') {
            expect((await cache.get(each.key))?.[0]).toBe(model.get(each.key));
          } else if (each.type === 'getMany') {
            const values = await cache.batch.getMany([each.key, 'b', each.key]);
            expect(values.map((value) => value?.[0])).toEqual([each.key, 'b', each.key].map((one) => model.get(one)));
          } else if (each.type === 'refresh') {
            await cache.refresh(each.key);
            model.get(each.key);
          } else if (each.type === 'remove') {
            await cache.remove(each.key);
            model.entries.delete(each.key);
          } else if (each.type === 'keys') {
            const listed: string[] = [];
            for await (const one of cache.prefixes.keys(each.key)) listed.push(one);
            expect(listed.sort()).toEqual(model.keys(each.key).sort());
          } else {
            const expected = model.keys(each.key);
            expect(await cache.prefixes.removeByPrefix(each.key)).toBe(expected.length);
            for (const one of expected) model.entries.delete(one);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
