import type { CacheEvent, DecoratedCache, DistributedCache } from 'distributed-cache';
import { MemoryCache } from 'distributed-cache';
import { expect } from 'vitest';
import { Random } from '../../hybrid/simulation/random.js';

/** A decorator over a memory cache, and what it told. */
export function over(
  decorator: (cache: DistributedCache, options: { onEvent(event: CacheEvent): void }) => DecoratedCache,
) {
  const inner = new MemoryCache();
  const events: CacheEvent[] = [];
  return { inner, events, cache: decorator(inner, { onEvent: (event) => events.push(event) }) };
}

/**
 * So many stored values, each changed by chance, are what was stored or a miss with an event; nothing is thrown, hangs or is
 * made up.
 */
export async function fuzz(
  decorator: (cache: DistributedCache, options: { onEvent(event: CacheEvent): void }) => DecoratedCache,
  values: readonly Uint8Array[],
  times: number,
  /** Whether a change is always found out; else a value that is not marked may be read as another. */
  isAuthentic: boolean,
): Promise<void> {
  const { inner, cache, events } = over(decorator);
  const stored: Uint8Array[] = [];
  for (const value of values) {
    await cache.set('k', value);
    stored.push((await inner.get('k')) as Uint8Array);
  }
  const random = new Random(7);
  let misses = 0;
  for (let i = 0; i < times; i++) {
    const place = random.below(stored.length);
    const mutant = mutated(stored[place] as Uint8Array, random);
    await inner.set('k', mutant);
    const value = await cache.get('k');
    if (value === undefined) misses++;
    else if (isAuthentic) expect(value).toEqual(values[place]);
  }
  expect(events.filter(({ type }) => type === 'corrupt')).toHaveLength(misses);
  expect(misses).toBeGreaterThan(times / 4);
}

function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const mutant = new Uint8Array(bytes);
  switch (random.below(5)) {
    case 0:
      return mutant.subarray(0, random.below(mutant.length));
    case 1:
      return Uint8Array.from([...mutant, random.below(256)]);
    case 2:
      // Lengths and numbers.
      mutant[random.below(Math.min(10, mutant.length))] = random.below(256);
      return mutant;
    default:
      for (let flips = 1 + random.below(3); flips > 0; flips--) {
        const at = random.below(mutant.length);
        mutant[at] = (mutant[at] as number) ^ (1 << random.below(8));
      }
      return mutant;
  }
}
