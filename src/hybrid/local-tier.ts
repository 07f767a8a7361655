import type { Serializer } from '../core/serializer.js';
import type { HitClock } from './hit-clock.js';
import { countsUnasked, everything, type Tags } from './protocol/tags.js';
import { type Found, Held, type Stale } from './protocol/values.js';
import { Sieve, withRoom } from './sieve.js';

// What an entry takes beside its payload and key, in bytes, by bench/entry-size.mjs, of a value that is a number: 100 to 160 of one that is
// as most are, 405 to 469 of one with tags, fail-safe or early refresh.
const plainOverheadBytes = 200;
const overheadBytes = 480;

// Where the numbers of a slot are among its `#looks`.
/** Until when a hit looks no further, by the monotonic clock in ms: when it ends, or is due to be refreshed. */
const quiet = 0;
/** The version of the tags' knowledge by which it was judged valid. */
const judged = 1;

const noTags: readonly string[] = [];

/** All of a copy that its hits don't look at. */
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
  /** That of most values. */
  readonly serializer: Serializer;
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
  /** Values that all share. */
  readonly #values: unknown[] = [];
  /** Resolved promises of these, each made at its first hit. */
  readonly #promises: (Promise<unknown> | undefined)[] = [];
  /** What a hit looks at, two numbers of a slot that lie together: see `quiet` and `judged`. */
  #looks = new Float64Array(0);
  #created = new BigInt64Array(0);
  /** None of a copy that is as most are (`isPlain`), until something asks for it: a map takes nothing for those. */
  readonly #copies = new Map<number, Copy>();
  #isClosed = false;

  constructor(options: LocalTierOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#tags = options.tags;
    this.#sieve = new Sieve({
      maxEntries: options.maxEntries,
      maxSize: options.maxBytes,
      grown: (slots) => {
        this.#looks = withRoom(this.#looks, 2 * slots);
        this.#created = withRoom(this.#created, slots);
      },
      freed: (slot) => {
        this.#copies.delete(slot);
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
    const value = this.#values[slot];
    return value === undefined ? this.#copies.get(slot)?.held.take() : value;
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
    if (now >= this.bound) {
      this.#options.silent();
      // It may be gone now, and its slot with it.
      if (this.#sieve.find(key) !== slot) return undefined;
    }
    const copy = this.#copy(slot);
    return now < Math.max(copy.endsAt, copy.staleUntil) ? copy : undefined;
  }

  #copy(slot: number): Copy {
    const made = this.#copies.get(slot);
    if (made !== undefined) return made;
    const copy: Copy = {
      held: Held.shared(this.#values[slot], this.#options.serializer),
      tags: noTags,
      created: this.#created[slot] as bigint,
      validators: undefined,
      isUnheard: false,
      endsAt: this.#looks[2 * slot + quiet] as number,
      staleUntil: -Infinity,
      retryAt: -Infinity,
    };
    this.#copies.set(slot, copy);
    return copy;
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
    if (slot >= 0 && this.#created[slot] === created) this.#copy(slot).retryAt = until;
  }

  /** The copy is due to be refreshed at this time, and not before. */
  rearm(key: string, time: number): void {
    const slot = this.#sieve.find(key);
    if (slot >= 0) this.#looks[2 * slot + quiet] = Math.min(this.#copy(slot).endsAt, time);
  }

  /** Whether it may be served without a closer look. The clock is looked at by the hit itself. */
  #isQuiet(slot: number, now: number): boolean {
    const looks = this.#looks;
    const at = 2 * slot;
    return now < this.bound && now < (looks[at + quiet] as number) && looks[at + judged] === this.#tags.version;
  }

  /** Of one that may be served. */
  #isDue(slot: number, now: number): boolean {
    return now >= (this.#looks[2 * slot + quiet] as number);
  }

  /** Whether it may be served. */
  #look(key: string, slot: number, now: number): boolean {
    if (now >= this.bound) {
      this.#options.silent();
      return false;
    }
    const copy = this.#copies.get(slot);
    const looks = this.#looks;
    const at = 2 * slot;
    if (now >= (copy === undefined ? (looks[at + quiet] as number) : copy.endsAt)) {
      if (copy === undefined || now >= copy.staleUntil) this.#sieve.delete(key);
      return false;
    }
    if (looks[at + judged] === this.#tags.version) return true;
    const verdict = this.#tags.judge(copy?.tags ?? noTags, this.#created[slot] as bigint);
    if (verdict === 'invalid') this.#sieve.delete(key);
    if (verdict !== 'valid') return false;
    looks[at + judged] = this.#tags.version;
    return true;
  }

  #promise(slot: number): Promise<unknown> {
    const held = this.#copies.get(slot)?.held;
    if (held?.isShared === false) return take(held);
    const promise = Promise.resolve(this.#values[slot]);
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
    const isPlain = !isUnheard && this.#isPlain(value);
    const slot = this.#sieve.add(key, bytes + 2 * key.length + (isPlain ? plainOverheadBytes : overheadBytes));
    if (slot < 0) return;
    if (!isPlain) {
      this.#copies.set(slot, { held, tags, created, validators, isUnheard, endsAt: expiresAt, staleUntil, retryAt });
    }
    this.#created[slot] = created;
    this.#values[slot] = held.isShared ? held.take() : undefined;
    this.#promises[slot] = undefined;
    this.#looks[2 * slot + quiet] = Math.min(expiresAt, refreshAt);
    this.#looks[2 * slot + judged] = isJudged ? this.#tags.version : -1;
  }

  /** Whether the slot's numbers and value say all of it. */
  #isPlain({ held, tags, validators, refreshAt, staleUntil }: Found): boolean {
    return (
      held.isShared &&
      held.serializer === this.#options.serializer &&
      tags.length === 0 &&
      validators === undefined &&
      refreshAt === Infinity &&
      staleUntil === -Infinity
    );
  }

  /** Ends the copy's time; it stays as one to fall back on. @returns whether it counted */
  expire(key: string): boolean {
    const slot = this.#sieve.find(key);
    if (slot < 0) return false;
    const copy = this.#copy(slot);
    const now = this.#clock.now();
    if (now >= copy.staleUntil) return this.#sieve.delete(key);
    this.#endTime(slot, copy);
    return now < copy.endsAt;
  }

  /** The copy may not be served as one that counts any more. */
  #endTime(slot: number, copy: Copy): void {
    this.#copies.set(slot, { ...copy, endsAt: -Infinity, retryAt: -Infinity });
    this.#looks[2 * slot + quiet] = -Infinity;
  }

  /**
   * From now on no change is heard: no copy counts any more. Those that counted by their tags, or were there to fall back on, stay for that until
   * changes are heard again, which is the last that can be known.
   */
  loseTouch(): void {
    const now = this.#clock.now();
    for (const key of [...this.#sieve.keys()]) {
      const slot = this.#sieve.find(key);
      const copy = this.#copies.get(slot);
      const isKept =
        copy !== undefined && now < copy.staleUntil && this.#tags.judge(copy.tags, copy.created) === 'valid';
      if (isKept) this.#endTime(slot, { ...copy, isUnheard: true });
      else this.#sieve.delete(key);
    }
  }

  /** Drops what had the tag, where nobody may be able to say later that it was removed. */
  dropByTag(tag: string): void {
    for (const key of [...this.#sieve.keys()]) {
      const copy = this.#copies.get(this.#sieve.find(key));
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
    this.#copies.clear();
    for (const list of [this.#values, this.#promises]) list.length = 0;
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
