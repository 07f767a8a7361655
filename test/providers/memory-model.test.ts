import { MemoryCache } from 'distributed-cache';
import { FakeClock } from 'distributed-cache/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CacheModel, optionsOf, stepsOf } from './cache-model.js';

const span = fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 20 }));
const wait = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 4_000 }));

describe('MemoryCache against a plain model', () => {
  it('does the same in random sequences of operations with time moving', async () => {
    await fc.assert(
      fc.asyncProperty(stepsOf(span, wait, { maxLength: 60 }), async (steps) => {
        const clock = new FakeClock();
        const start = clock.now();
        const cache = new MemoryCache({ clock });
        const model = new CacheModel();
        for (const each of steps) {
          if (each.type === 'wait') {
            clock.advance(each.ms);
            model.now += each.ms;
          } else if (each.type === 'set') {
            const set = { ...each, absolute: model.now + each.absolute };
            await cache.set(each.key, Uint8Array.of(each.value), optionsOf(set, start));
            model.set(set);
          } else if (each.type === 'get') {
            expect((await cache.get(each.key))?.[0]).toBe(model.get(each.key));
          } else if (each.type === 'getMany') {
            const keys = Array.from({ length: each.times }, () => [each.key, 'b', each.key]).flat();
            const values = await cache.batch.getMany(keys);
            expect(values.map((value) => value?.[0])).toEqual(keys.map((one) => model.get(one)));
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
