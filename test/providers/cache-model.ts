import type { EntryOptions } from 'distributed-cache';
import fc from 'fast-check';

export interface ModelEntry {
  value: number;
  absolute: number;
  sliding: number;
  deadline: number;
}

/** What a cache is to do, in the plainest words. Times are in ms, from any beginning. */
export class CacheModel {
  readonly entries = new Map<string, ModelEntry>();
  now = 0;

  set({ key, value, absolute, relative, sliding }: Expiring & { readonly key: string; readonly value: number }) {
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

/** When an entry is to end; `Infinity` for never. */
export interface Expiring {
  readonly absolute: number;
  readonly relative: number;
  readonly sliding: number;
}

const finite = (ms: number) => (ms === Infinity ? undefined : ms);

/** @param start - The time since the epoch that is the model's 0. */
export const optionsOf = ({ absolute, relative, sliding }: Expiring, start: number): EntryOptions => ({
  absoluteExpiration: absolute === Infinity ? undefined : new Date(start + absolute),
  relativeExpiration: finite(relative),
  slidingExpiration: finite(sliding),
});

/** The keys that are used; each begins with some other. */
export const modelKeys = ['a', 'ab', 'b', ''] as const;

/** Random operations on a cache, with spans of time and waits of the given lengths; an absolute time counts from now. */
export function stepsOf(span: fc.Arbitrary<number>, wait: fc.Arbitrary<number>, length: fc.ArrayConstraints) {
  const key = fc.constantFrom(...modelKeys);
  const expiring = { absolute: span, relative: span, sliding: span };
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ type: fc.constant('set' as const), key, value: fc.nat(255), ...expiring }) },
    fc.record({ type: fc.constantFrom('get' as const, 'refresh' as const, 'remove' as const), key }),
    fc.record({ type: fc.constant('getMany' as const), key, times: fc.constantFrom(1, 20) }),
    fc.record({ type: fc.constantFrom('removeByPrefix' as const, 'keys' as const), key }),
    fc.record({ type: fc.constant('wait' as const), ms: wait }),
  );
  return fc.array(step, length);
}

export type Step = ReturnType<typeof stepsOf> extends fc.Arbitrary<(infer T)[]> ? T : never;
