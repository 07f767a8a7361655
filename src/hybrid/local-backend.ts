import type { Acquired, AcquireOptions, Backend } from './backend.js';
import { type Found, type Missing, nothing } from './protocol/values.js';

// How many removed tags are told apart, in each of two generations.
const generation = 50_000;

/** What is behind the local tier where there is nothing: every load is granted, and times are a count. */
export class LocalBackend implements Backend {
  #time = 0n;
  /** The tokens of the loads under way to whose keys nothing happened since they began. */
  readonly #leases = new Map<string, string>();
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

  async acquire(key: string, { mine }: AcquireOptions): Promise<Acquired> {
    if (mine !== undefined && this.#leases.get(key) === mine) {
      return { reply: { kind: 'own', remaining: 0 }, found: undefined };
    }
    const grantedAt = this.now();
    // What there is is the copy of this process, which it has itself.
    const token = String(grantedAt);
    this.#leases.set(key, token);
    return { reply: { kind: 'lease', token, grantedAt, hasValue: true }, found: undefined };
  }

  async commit(key: string, token: string): Promise<boolean> {
    await this.release(key, token);
    return true;
  }

  async release(key: string, token: string): Promise<void> {
    if (this.#leases.get(key) === token) this.#leases.delete(key);
  }

  async commitAgain(key: string, token: string): Promise<boolean> {
    await this.release(key, token);
    return false;
  }

  async expire(key: string): Promise<boolean> {
    this.#leases.delete(key);
    return true;
  }

  async set(key: string): Promise<bigint> {
    this.#leases.delete(key);
    return this.now();
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#leases.delete(key);
  }

  async removeByPrefix(prefix: string): Promise<undefined> {
    for (const key of this.#leases.keys()) if (key.startsWith(prefix)) this.#leases.delete(key);
  }

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
