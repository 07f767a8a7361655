import { describe, expect, it } from 'vitest';
import { Sieve, type SieveOptions } from '../../src/hybrid/sieve.js';
import { Random } from './simulation/random.js';

/** SIEVE as its paper tells it, on a list; the newest is last. */
class Model {
  readonly #options: Pick<SieveOptions, 'maxEntries' | 'maxSize'>;
  list: { key: string; size: number; isVisited: boolean }[] = [];
  #hand: string | undefined;
  readonly evicted: string[] = [];

  constructor(options: Pick<SieveOptions, 'maxEntries' | 'maxSize'>) {
    this.#options = options;
  }

  get size(): number {
    return this.list.reduce((sum, { size }) => sum + size, 0);
  }

  find(key: string): boolean {
    const entry = this.list.find((each) => each.key === key);
    if (entry !== undefined) entry.isVisited = true;
    return entry !== undefined;
  }

  delete(key: string): void {
    const place = this.list.findIndex((each) => each.key === key);
    if (place < 0) return;
    if (this.#hand === key) this.#hand = this.list[place + 1]?.key;
    this.list.splice(place, 1);
  }

  add(key: string, size: number): void {
    const { maxEntries, maxSize } = this.#options;
    this.delete(key);
    if (size > maxSize) return;
    while (this.list.length >= maxEntries || this.size + size > maxSize) this.#evict();
    this.list.push({ key, size, isVisited: false });
  }

  #evict(): void {
    let place = Math.max(
      0,
      this.list.findIndex(({ key }) => key === this.#hand),
    );
    for (let entry = this.list[place]; entry?.isVisited; entry = this.list[place]) {
      entry.isVisited = false;
      place = (place + 1) % this.list.length;
    }
    const { key } = this.list[place] as { key: string };
    this.#hand = key;
    this.delete(key);
    this.evicted.push(key);
  }
}

describe('Sieve', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('does what the algorithm says, in random order: %i', (seed) => {
    const random = new Random(seed);
    const limits = { maxEntries: random.pick([1, 3, 20]), maxSize: random.pick([10, 100, 1_000]) };
    const model = new Model(limits);
    const evicted: string[] = [];
    const held = new Map<number, string>();
    let room = 0;
    const sieve = new Sieve({
      ...limits,
      grown: (slots) => {
        room = slots;
      },
      freed: (slot) => held.delete(slot),
      evicted: (key) => evicted.push(key),
    });
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    for (let step = 0; step < 5_000; step++) {
      const key = random.pick(keys);
      const kind = random.next();
      if (kind < 0.5) {
        const slot = sieve.find(key);
        expect(slot >= 0).toBe(model.find(key));
        // No slot is two keys' at a time.
        if (slot >= 0) expect(held.get(slot)).toBe(key);
      } else if (kind < 0.9) {
        const size = 1 + random.below(15);
        const slot = sieve.add(key, size);
        model.add(key, size);
        expect(slot >= 0).toBe(size <= limits.maxSize);
        expect(slot).toBeLessThan(room);
        if (slot >= 0) held.set(slot, key);
      } else if (kind < 0.999) {
        const isThere = sieve.delete(key);
        expect(isThere).toBe(model.list.some((each) => each.key === key));
        model.delete(key);
      } else {
        sieve.clear();
        held.clear();
        for (const each of [...model.list]) model.delete(each.key);
      }
      expect([sieve.count, sieve.totalSize, held.size]).toEqual([model.list.length, model.size, model.list.length]);
    }
    expect(evicted).toEqual(model.evicted);
    expect(evicted.length).toBeGreaterThan(100);
    expect([...sieve.keys()].sort()).toEqual(model.list.map(({ key }) => key).sort());
  });

  it('uses slots again: there are never more than entries', () => {
    const sieve = new Sieve({ maxEntries: 10, maxSize: 1_000, grown: () => {}, freed: () => {}, evicted: () => {} });
    const slots = Array.from({ length: 1_000 }, (_, i) => sieve.add(`k${i}`, 1));
    expect(Math.max(...slots)).toBe(9);
  });

  it('keeps what is asked for again and again through a scan of what is asked for once', () => {
    const sieve = new Sieve({ maxEntries: 100, maxSize: 1e6, grown: () => {}, freed: () => {}, evicted: () => {} });
    const popular = Array.from({ length: 50 }, (_, i) => `popular ${i}`);
    for (const key of popular) sieve.add(key, 1);
    for (let i = 0; i < 10_000; i++) {
      sieve.find(popular[i % 50] as string);
      sieve.add(`scan ${i}`, 1);
    }
    expect(popular.filter((key) => sieve.find(key) >= 0)).toEqual(popular);
  });
});
