import type { Acquired, Backend } from './backend.js';
import { type Found, type Missing, nothing } from './protocol/values.js';

// How many removed tags are told apart, in each of two generations.
const generation = 50_000;

/** What is behind the local tier where there is nothing: every load is granted, and times are a count. */
export class LocalBackend implements Backend {
  #time = 0n;
  #young = new Map<string, bigint>();
  #old = new Map<string, bigint>();
  /** When the latest of the old ones was removed. */
  #oldUntil = 0n;
  /** When the latest of the tags that are not told apart any more was removed: entries from before it count no more. */
  #floor = 0n;

  now(): bigint {
    return ++this.#time;
  }

  /** When a tag was removed last. */
  readonly timeOf = (tag: string): bigint => this.#young.get(tag) ?? this.#old.get(tag) ?? this.#floor;

  async read(): Promise<Found | Missing> {
    return nothing;
  }

  async readMany(keys: readonly string[]): Promise<readonly Missing[]> {
    return keys.map(() => nothing);
  }

  async acquire(): Promise<Acquired> {
    return { reply: { kind: 'lease', token: 'local', grantedAt: this.now() }, found: undefined };
  }

  async commit(): Promise<boolean> {
    return true;
  }

  async release(): Promise<void> {}

  async set(): Promise<bigint> {
    return this.now();
  }

  async remove(): Promise<void> {}

  async removeByPrefix(): Promise<undefined> {}

  async raise(tag: string): Promise<void> {
    const time = this.now();
    this.#young.set(tag, time);
    if (this.#young.size < generation) return;
    // All at once: finding the oldest of a Map from which the oldest always went takes longer with each.
    this.#floor = this.#oldUntil;
    this.#old = this.#young;
    this.#oldUntil = time;
    this.#young = new Map();
  }

  async tagTimes(tags: readonly string[]): Promise<readonly bigint[]> {
    return tags.map(this.timeOf);
  }
}
