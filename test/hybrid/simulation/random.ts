import { seededRandom } from '../../../src/testing/random.js';

/** Choices that a seed determines. */
export class Random {
  /** From 0 to less than 1. */
  readonly next: () => number;

  constructor(readonly seed: number) {
    this.next = seededRandom(seed);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<One>(list: readonly One[]): One {
    return list[this.below(list.length)] as One;
  }
}
