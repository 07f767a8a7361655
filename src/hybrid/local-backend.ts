import type { Acquired, Backend } from './backend.js';
import { type Found, type Missing, nothing } from './protocol/values.js';

// How many removed tags are told apart.
const maxTags = 100_000;

/** What is behind the local tier where there is nothing: every load is granted, and times are a count. */
export class LocalBackend implements Backend {
  #time = 0n;
  readonly #removed = new Map<string, bigint>();
  /** When the latest of the tags that are not told apart any more was removed: entries from before it count no more. */
  #floor = 0n;

  now(): bigint {
    return ++this.#time;
  }

  /** When a tag was removed last. */
  readonly timeOf = (tag: string): bigint => this.#removed.get(tag) ?? this.#floor;

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
    // Deleted first, so that the map stays in the order of the times.
    this.#removed.delete(tag);
    this.#removed.set(tag, this.now());
    if (this.#removed.size <= maxTags) return;
    const [oldest, time] = this.#removed.entries().next().value as [string, bigint];
    this.#removed.delete(oldest);
    this.#floor = time;
  }

  async tagTimes(tags: readonly string[]): Promise<readonly bigint[]> {
    return tags.map(this.timeOf);
  }
}
