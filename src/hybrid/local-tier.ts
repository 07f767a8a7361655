import type { HitClock } from './hit-clock.js';
import { countsUnasked, everything, type Tags } from './protocol/tags.js';
import type { Found, Held, Stale } from './protocol/values.js';
import { Sieve } from './sieve.js';

// What an entry takes beside its payload and key, in bytes: 360 to 468 by bench/entry-size.mjs, of a value that is a number.
const overheadBytes = 480;

/** What of a copy the hit does not look at. */
interface Copy extends Stale {
  /** When it ends, by the monotonic clock in ms. */
  readonly endsAt: number;
  /** Until when it may be served past that, where nothing better can be had. */
  readonly staleUntil: number;
  /** Until when nobody loads it again though it is past its end. */
  retryAt: number;
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
  readonly #sieve: Sieve;
  readonly #clock: HitClock;
  readonly #tags: Tags;
  readonly #options: LocalTierOptions;
  // By slot.
  readonly #copies: (Copy | undefined)[] = [];
  /** Values that all share. */
  readonly #values: unknown[] = [];
  /** Resolved promises of these, each made at its first hit. */
  readonly #promises: (Promise<unknown> | undefined)[] = [];
  /** Until when a hit looks no further, by the monotonic clock in ms: when it ends, or is due to be refreshed. */
  readonly #quietUntil: number[] = [];
  /** The version of the tags' knowledge by which the copy was judged valid. */
  readonly #judgedBy: number[] = [];
  #isClosed = false;

  constructor(options: LocalTierOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#tags = options.tags;
    this.#sieve = new Sieve({
      maxEntries: options.maxEntries,
      maxSize: options.maxBytes,
      freed: (slot) => {
        this.#copies[slot] = undefined;
        this.#values[slot] = undefined;
        this.#promises[slot] = undefined;
      },
      evicted: options.evicted,
    });
  }

  /**
   * A promise of the value that may be served right now: one for all hits, or one of a copy. `undefined` for a miss, and for
   * what is due to be refreshed: `dueOf` has that.
   */
  promiseOf(key: string): Promise<unknown> | undefined {
    const slot = this.#sieve.find(key);
    if (slot < 0) return undefined;
    const now = this.#clock.now();
    if (!this.#isQuiet(slot, now) && (!this.#look(key, slot, now) || this.#isDue(slot, now))) return undefined;
    return this.#promises[slot] ?? this.#promise(slot);
  }

  /**
   * The value that may be served right now, due or not, or `undefined`.
   *
   * @param due - Takes the key where that is due to be refreshed.
   */
  valueOf(key: string, due?: string[]): unknown {
    const slot = this.#sieve.find(key);
    if (slot < 0) return undefined;
    const now = this.#clock.now();
    if (!this.#isQuiet(slot, now)) {
      if (!this.#look(key, slot, now)) return undefined;
      if (this.#isDue(slot, now)) due?.push(key);
    }
    return this.#values[slot] ?? this.#copies[slot]?.held.take();
  }

  /** A promise of the value that may be served right now, and is due to be refreshed. */
  dueOf(key: string): Promise<unknown> | undefined {
    const slot = this.#sieve.find(key);
    if (slot < 0) return undefined;
    const now = this.#clock.now();
    const isDue = this.#look(key, slot, now) && this.#isDue(slot, now);
    return isDue ? (this.#promises[slot] ?? this.#promise(slot)) : undefined;
  }

  /** The copy that there is, past its end or not, whatever its tags say. */
  copyOf(key: string): Stale | undefined {
    const slot = this.#sieve.find(key);
    if (slot < 0) return undefined;
    const now = this.#clock.now();
    if (now >= this.bound) this.#options.silent();
    const copy = this.#copies[slot];
    return copy !== undefined && now < Math.max(copy.endsAt, copy.staleUntil) ? copy : undefined;
  }

  /**
   * The value past its end that may be served all the same, by what is known here.
   *
   * @param isThrottled - Whether only one that nobody is to load again yet.
   */
  staleOf(key: string, isThrottled: boolean): Held | undefined {
    const copy = this.copyOf(key) as Copy | undefined;
    if (copy === undefined || this.#clock.now() >= (isThrottled ? copy.retryAt : copy.staleUntil)) return undefined;
    return countsUnasked(this.#tags.judge(copy.tags, copy.created), copy) ? copy.held : undefined;
  }

  /** Has nobody load it again until then. */
  throttle(key: string, { created }: Stale, until: number): void {
    const slot = this.#sieve.find(key);
    const copy = this.#copies[slot];
    if (copy !== undefined && copy.created === created) copy.retryAt = until;
  }

  /** The copy is due to be refreshed at this time, and not before. */
  rearm(key: string, time: number): void {
    const slot = this.#sieve.find(key);
    if (slot >= 0) this.#quietUntil[slot] = Math.min((this.#copies[slot] as Copy).endsAt, time);
  }

  /** Whether it may be served without a closer look. The clock is looked at by the hit itself. */
  #isQuiet(slot: number, now: number): boolean {
    return now < this.bound && now < (this.#quietUntil[slot] as number) && this.#judgedBy[slot] === this.#tags.version;
  }

  /** Of one that may be served. */
  #isDue(slot: number, now: number): boolean {
    return now >= (this.#quietUntil[slot] as number);
  }

  /** Whether it may be served. */
  #look(key: string, slot: number, now: number): boolean {
    if (now >= this.bound) {
      this.#options.silent();
      return false;
    }
    const { tags, created, endsAt, staleUntil } = this.#copies[slot] as Copy;
    if (now >= endsAt) {
      if (now >= staleUntil) this.#sieve.delete(key);
      return false;
    }
    if (this.#judgedBy[slot] === this.#tags.version) return true;
    const verdict = this.#tags.judge(tags, created);
    if (verdict === 'invalid') this.#sieve.delete(key);
    if (verdict !== 'valid') return false;
    this.#judgedBy[slot] = this.#tags.version;
    return true;
  }

  #promise(slot: number): Promise<unknown> {
    const { held } = this.#copies[slot] as Copy;
    if (!held.isShared) return take(held);
    const promise = Promise.resolve(held.take());
    this.#promises[slot] = promise;
    return promise;
  }

  /**
   * @param isJudged - Whether it is known to be valid by its tags; else that is looked at by its first hit.
   * @param isUnheard - Whether its changes are not heard.
   */
  keep(key: string, value: Found, isJudged: boolean, isUnheard = false): void {
    if (this.#isClosed) return;
    const { held, tags, created, bytes, validators, expiresAt, refreshAt, staleUntil, retryAt } = value;
    const slot = this.#sieve.add(key, bytes + 2 * key.length + overheadBytes);
    if (slot < 0) return;
    this.#copies[slot] = { held, tags, created, validators, isUnheard, endsAt: expiresAt, staleUntil, retryAt };
    this.#values[slot] = held.isShared ? held.take() : undefined;
    this.#promises[slot] = undefined;
    this.#quietUntil[slot] = Math.min(expiresAt, refreshAt);
    this.#judgedBy[slot] = isJudged ? this.#tags.version : -1;
  }

  /** Ends the copy's time; it stays as one to fall back on. @returns whether it counted */
  expire(key: string): boolean {
    const slot = this.#sieve.find(key);
    if (slot < 0) return false;
    const copy = this.#copies[slot] as Copy;
    const now = this.#clock.now();
    if (now >= copy.staleUntil) return this.#sieve.delete(key);
    this.#endTime(slot, copy);
    return now < copy.endsAt;
  }

  /** The copy may not be served as one that counts any more. */
  #endTime(slot: number, copy: Copy): void {
    this.#copies[slot] = { ...copy, endsAt: -Infinity, retryAt: -Infinity };
    this.#quietUntil[slot] = -Infinity;
  }

  /**
   * From now on no change is heard: no copy counts any more. Those that counted by their tags, or were there to fall back on, stay for that until
   * changes are heard again, which is the last that can be known.
   */
  loseTouch(): void {
    const now = this.#clock.now();
    for (const key of [...this.#sieve.keys()]) {
      const slot = this.#sieve.find(key);
      const copy = this.#copies[slot] as Copy;
      if (now >= copy.staleUntil || this.#tags.judge(copy.tags, copy.created) !== 'valid') this.#sieve.delete(key);
      else this.#endTime(slot, { ...copy, isUnheard: true });
    }
  }

  /** Drops what had the tag, where nobody may be able to say later that it was removed. */
  dropByTag(tag: string): void {
    for (const key of [...this.#sieve.keys()]) {
      const copy = this.#copies[this.#sieve.find(key)];
      if (copy?.isUnheard === true && (tag === everything || copy.tags.includes(tag))) this.#sieve.delete(key);
    }
  }

  /** @returns whether there was one */
  drop(key: string): boolean {
    return this.#sieve.delete(key);
  }

  /** @returns How many there were. */
  dropByPrefix(prefix: string): number {
    let dropped = 0;
    for (const key of this.#sieve.keys()) if (key.startsWith(prefix) && this.#sieve.delete(key)) dropped++;
    return dropped;
  }

  clear(): void {
    this.#sieve.clear();
    for (const list of [this.#copies, this.#values, this.#promises, this.#quietUntil, this.#judgedBy]) list.length = 0;
  }

  /** Drops all, and keeps nothing from now on: a set may end after the cache was closed. */
  close(): void {
    this.#isClosed = true;
    this.clear();
  }

  get size(): number {
    return this.#sieve.count;
  }

  get bytes(): number {
    return this.#sieve.totalSize;
  }
}

async function take(held: Held): Promise<unknown> {
  return held.take();
}
