import type { HitClock } from './hit-clock.js';
import type { Tags } from './protocol/tags.js';
import type { Found, Held } from './protocol/values.js';
import { Sieve, type SieveEntry } from './sieve.js';

// What an entry takes beside its payload and key, in bytes; that of the memory provider, measured by bench/entry-size.mjs.
const overheadBytes = 430;

/** A copy in this process. */
export class LocalEntry implements SieveEntry {
  isVisited = false;
  newer: this | undefined = undefined;
  older: this | undefined = undefined;
  /** A resolved promise of the value, made at the first hit, where all share the value. */
  promise: Promise<unknown> | undefined = undefined;

  constructor(
    readonly key: string,
    readonly size: number,
    readonly held: Held,
    readonly tags: readonly string[],
    readonly created: bigint,
    /** By the monotonic clock, in ms. */
    readonly expiresAt: number,
    /** The version of the tags' knowledge by which it was judged valid. */
    public judgedBy: number,
  ) {}

  /** A promise of the value: one for all hits, or one of a copy. */
  give(): Promise<unknown> {
    if (!this.held.isShared) return take(this.held);
    this.promise ??= Promise.resolve(this.held.take());
    return this.promise;
  }
}

async function take(held: Held): Promise<unknown> {
  return held.take();
}

/** What a {@link LocalTier} is made of. */
export interface LocalTierOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly clock: HitClock;
  readonly tags: Tags;
  /** Told of what went for want of room. */
  readonly evicted: (key: string) => void;
  /** The bound is over: the channel did not prove itself in time. Makes the tier empty. */
  readonly silent: () => void;
}

/** The copies in this process. */
export class LocalTier {
  /** Until when copies are served, by the monotonic clock in ms (protocol rules 21 and 23). */
  bound = Infinity;
  readonly #entries: Sieve<LocalEntry>;
  readonly #clock: HitClock;
  readonly #tags: Tags;
  readonly #options: LocalTierOptions;

  constructor(options: LocalTierOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#tags = options.tags;
    this.#entries = new Sieve({
      maxEntries: options.maxEntries,
      maxSize: options.maxBytes,
      evicted: ({ key }) => options.evicted(key),
    });
  }

  /** The copy that may be served right now. The clock is looked at by the hit itself. */
  hit(key: string): LocalEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const now = this.#clock.now();
    if (now < this.bound && now < entry.expiresAt && entry.judgedBy === this.#tags.version) return entry;
    return this.#look(key, entry, now);
  }

  #look(key: string, entry: LocalEntry, now: number): LocalEntry | undefined {
    if (now >= this.bound) {
      this.#options.silent();
      return undefined;
    }
    if (now >= entry.expiresAt) {
      this.#entries.delete(key);
      return undefined;
    }
    const verdict = this.#tags.judge(entry.tags, entry.created);
    if (verdict === 'invalid') this.#entries.delete(key);
    if (verdict !== 'valid') return undefined;
    entry.judgedBy = this.#tags.version;
    return entry;
  }

  /** @param isJudged - Whether it is known to be valid by its tags; else that is looked at by its first hit. */
  keep(key: string, value: Found, expiresAt: number, isJudged: boolean): void {
    const { held, tags, created, bytes } = value;
    const judgedBy = isJudged ? this.#tags.version : -1;
    const size = bytes + 2 * key.length + overheadBytes;
    this.#entries.set(new LocalEntry(key, size, held, tags, created, expiresAt, judgedBy));
  }

  /** @returns whether there was one */
  drop(key: string): boolean {
    return this.#entries.delete(key);
  }

  /** @returns How many there were. */
  dropByPrefix(prefix: string): number {
    let dropped = 0;
    for (const key of this.#entries.keys()) if (key.startsWith(prefix) && this.#entries.delete(key)) dropped++;
    return dropped;
  }

  clear(): void {
    this.#entries.clear();
  }

  get size(): number {
    return this.#entries.count;
  }

  get bytes(): number {
    return this.#entries.totalSize;
  }
}
