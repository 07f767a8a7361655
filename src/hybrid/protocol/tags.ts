import { LRUCache } from 'lru-cache';
import type { Verdict } from './actions.js';
import type { Stale } from './values.js';

/** The tag of every entry, with which `clear()` is done. */
export const everything = '*';

/** How many tags' times are remembered; a forgotten one is read again. */
const maxKnown = 10_000;

/** A tag that was never removed. */
const never = -1n;

/** One reading of tags' times. */
class Reading {
  /** Something happened to one of the tags since it was sent: its times do not count (18). */
  overtaken = false;
  /** Their times; `undefined` where they were overtaken. */
  readonly times: Promise<readonly bigint[] | undefined>;

  constructor(
    readonly tags: readonly string[],
    /** Whether the times are remembered. */
    readonly isLearned: boolean,
    read: (tags: readonly string[]) => Promise<readonly (bigint | undefined)[]>,
  ) {
    this.times = read(tags).then((times) => (this.overtaken ? undefined : times.map((time) => time ?? never)));
  }
}

/** Whether a copy of this process counts by its tags where nobody is asked: what it was by when its changes went unheard has to do. */
export const countsUnasked = (verdict: Verdict, { isUnheard }: Stale): boolean =>
  verdict === 'valid' || (verdict === 'cold' && isUnheard === true);

/** What {@link Tags} asks of its surroundings. */
export interface TagSource {
  /** The times at which tags were removed last, in ticks. */
  times(tags: readonly string[]): Promise<readonly (bigint | undefined)[]>;
  /** How long a time that is read now may be taken for true, in ms; 0: not at all. */
  trust(): number;
  /** The monotonic clock, in ms. */
  now(): number;
  /** The same as `times`, where it is known without asking anybody: no tag is ever cold then. */
  readonly timeOf?: ((tag: string) => bigint) | undefined;
}

/**
 * What is known of tags. A tag is warm while its time of removal is known, and cold otherwise: forgetting is always safe.
 * An entry counts only if all its tags, and `*`, were removed before its creation (5, 17).
 */
export class Tags {
  /** Goes up whenever what was judged valid may not be any more. */
  version = 0;
  readonly #known = new LRUCache<string, bigint>({ max: maxKnown });
  /** That of `*`, which every entry has. */
  #everything: bigint | undefined;
  readonly #readings = new Set<Reading>();
  readonly #source: TagSource;
  /** Until when what is known counts, by the monotonic clock. */
  #knownUntil = Infinity;

  constructor(source: TagSource) {
    this.#source = source;
  }

  /** A tag was removed, or may have been. */
  changed(tag: string): void {
    this.version++;
    if (tag === everything) this.#everything = undefined;
    else this.#known.delete(tag);
    for (const reading of this.#readings) if (reading.tags.includes(tag)) reading.overtaken = true;
  }

  /** Any of them may have been. */
  allChanged(): void {
    this.version++;
    this.#everything = undefined;
    this.#known.clear();
    for (const reading of this.#readings) reading.overtaken = true;
  }

  judge(tags: readonly string[], created: bigint): Verdict {
    if (this.#knownUntil !== Infinity && this.#source.now() >= this.#knownUntil) this.#forget();
    const { timeOf } = this.#source;
    if (timeOf !== undefined) {
      return timeOf(everything) >= created || tags.some((tag) => timeOf(tag) >= created) ? 'invalid' : 'valid';
    }
    const all = this.#everything;
    if (all !== undefined && all >= created) return 'invalid';
    let isCold = all === undefined;
    for (const tag of tags) {
      const removed = this.#known.get(tag);
      if (removed === undefined) isCold = true;
      else if (removed >= created) return 'invalid';
    }
    return isCold ? 'cold' : 'valid';
  }

  /** Reads what is cold of these tags ahead of a judgement; a failure is that of the judgement. */
  prefetch(tags: readonly string[]): void {
    if (this.#source.timeOf !== undefined || this.#source.trust() === 0) return;
    const cold = this.#cold(tags);
    if (cold.length > 0) this.#read(cold).catch(() => {});
  }

  /** Whether the entry counts, by times that are read now where they are not known. @throws What the source throws. */
  async look(tags: readonly string[], created: bigint): Promise<boolean> {
    for (;;) {
      const verdict = this.judge(tags, created);
      if (verdict !== 'cold') return verdict === 'valid';
      const cold = this.#cold(tags);
      const times = await (this.#underWay(cold) ?? this.#read(cold));
      if (times === undefined) continue;
      if (times.some((time) => time >= created)) return false;
      // All were read at once; else those that were warm may have gone cold meanwhile.
      if (cold.length > tags.length) return true;
    }
  }

  #cold(tags: readonly string[]): string[] {
    const cold = tags.filter((tag) => !this.#known.has(tag));
    if (this.#everything === undefined) cold.push(everything);
    return cold;
  }

  /** A reading of all of these that others began, and whose times will be known to all. */
  #underWay(tags: readonly string[]): Reading['times'] | undefined {
    for (const reading of this.#readings) {
      const isShared = reading.isLearned && !reading.overtaken && reading.tags.length === tags.length;
      if (isShared && tags.every((tag) => reading.tags.includes(tag))) return reading.times;
    }
    return undefined;
  }

  async #read(tags: readonly string[]): Promise<readonly bigint[] | undefined> {
    const trust = this.#source.trust();
    const sentAt = this.#source.now();
    const reading = new Reading(tags, trust > 0, (wanted) => this.#source.times(wanted));
    this.#readings.add(reading);
    try {
      const times = await reading.times;
      if (times !== undefined && trust > 0) this.#learn(tags, times, sentAt + trust);
      return times;
    } finally {
      this.#readings.delete(reading);
    }
  }

  #learn(tags: readonly string[], times: readonly bigint[], until: number): void {
    this.#knownUntil = Math.min(this.#knownUntil, until);
    tags.forEach((tag, i) => {
      if (tag === everything) this.#everything = times[i];
      else this.#known.set(tag, times[i] as bigint);
    });
  }

  #forget(): void {
    this.#knownUntil = Infinity;
    this.#everything = undefined;
    this.#known.clear();
  }
}
