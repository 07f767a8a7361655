import type { FakeClock } from 'distributed-cache/testing';

export const tagStart = '__MSFT_HCT__';

/** What the checker knows of one value: a number that a factory or a set gave. */
interface Birth {
  /** The count of events when its factory began, or when its set was executed. */
  readonly count: number;
  readonly tags: readonly string[];
  /** When its factory began, by the clock, if Redis did not answer and it was loaded without a lease. */
  readonly unleasedAt: number | undefined;
  /** When its factory ended. */
  endedAt: number;
}

/** What one process must know of: the highest counts, by key, by tag, and of everything. */
export class Floor {
  readonly keys = new Map<string, number>();
  readonly tags = new Map<string, number>();

  raise(kind: 'keys' | 'tags', name: string, count: number): void {
    this[kind].set(name, Math.max(this[kind].get(name) ?? 0, count));
  }

  of(key: string, tags: readonly string[]): number {
    const ofTags = [...tags, '*'].map((tag) => this.tags.get(tag) ?? 0);
    return Math.max(this.keys.get(key) ?? 0, ...ofTags);
  }

  /** For a message. */
  explain(key: string, tags: readonly string[]): string {
    const ofTags = [...tags, '*'].map((tag) => `tag ${tag} ${this.tags.get(tag) ?? 0}`);
    return [`key ${this.keys.get(key) ?? 0}`, ...ofTags].join(', ');
  }

  copy(): Floor {
    const copy = new Floor();
    for (const [name, count] of this.keys) copy.keys.set(name, count);
    for (const [name, count] of this.tags) copy.tags.set(name, count);
    return copy;
  }
}

/** What is known of a value past its end that is returned. */
export interface StaleReturn {
  /** Whether the process hears changes. While it does not, it falls back on what it loaded without a lease, until it does again. */
  readonly isHeard: boolean;
}

/** What one process must know of. */
interface Floors {
  readonly heard: Floor;
  readonly silent: Floor;
  readonly stale: Floor;
}

/** What a process may not go behind, when a call of it starts. */
export interface Start {
  readonly floor: Floor;
  /** The same, with removals of what was not there, of which no server tells. */
  readonly silent: Floor;
  /** The same for a value past its end: `expire` and the loss of the channel do not count. */
  readonly stale: Floor;
  readonly time: number;
}

/** What a process was not told, because its channel was cut. */
interface Unheard {
  readonly kind: 'keys' | 'tags';
  readonly name: string;
  readonly count: number;
  readonly time: number;
}

/**
 * The ghosts of protocol-model.mjs: every value carries its birth, every process what it must know of, and what does not fit is
 * a violation of S1, S2 or S3.
 */
export class History {
  readonly violations: string[] = [];
  /** Goes up at each set, removal, foreign write and foreign deletion, when the server executes it. */
  count = 0;
  readonly #births = new Map<number, Birth>();
  /** The last operation on each key, and the last removal of each tag. */
  readonly #last = new Floor();
  /** The same without `expire`, which ends a value's time and takes nothing away. */
  readonly #lastTaking = new Floor();
  readonly #floors: readonly Floors[];
  readonly #unheard: Unheard[][];
  #values = 0;

  constructor(
    readonly clock: FakeClock,
    readonly maxStaleness: number,
    processes: number,
  ) {
    this.#floors = Array.from({ length: processes }, () => ({
      heard: new Floor(),
      silent: new Floor(),
      stale: new Floor(),
    }));
    this.#unheard = Array.from({ length: processes }, () => []);
  }

  readonly #grants = new Map<string, number>();

  /** The process has a lease on the key. */
  granted(process: number, key: string): void {
    const name = `${process} ${key}`;
    this.#grants.set(name, (this.#grants.get(name) ?? 0) + 1);
  }

  /** S3, of which the server keeps its half: a factory that begins, though Redis answers, has a grant of its own. */
  begins(process: number, key: string): void {
    const name = `${process} ${key}`;
    const left = this.#grants.get(name) ?? 0;
    if (left === 0)
      this.violations.push(`S3 a factory of ${key} began in process ${process} without a lease of its own`);
    else this.#grants.set(name, left - 1);
  }

  /** A value of a factory that begins now. */
  born(tags: readonly string[], isLeased: boolean): number {
    const value = ++this.#values;
    this.#births.set(value, {
      count: this.count,
      tags,
      unleasedAt: isLeased ? undefined : this.clock.now(),
      endedAt: Infinity,
    });
    return value;
  }

  ended(value: number): void {
    const birth = this.#births.get(value);
    if (birth !== undefined) birth.endedAt = this.clock.now();
  }

  /** A value that will be born when its set is executed. */
  unborn(): number {
    return ++this.#values;
  }

  /** A set, ours or foreign, is executed. */
  set(key: string, value: number, tags: readonly string[]): void {
    this.#operation(key);
    this.#births.set(value, { count: this.count, tags, unleasedAt: undefined, endedAt: 0 });
  }

  removed(key: string): void {
    this.#operation(key);
  }

  expired(key: string): void {
    this.count++;
    this.#last.raise('keys', key, this.count);
  }

  #operation(key: string): void {
    this.expired(key);
    this.#lastTaking.raise('keys', key, this.count);
  }

  flushed(): void {
    this.count++;
    for (const floor of [this.#last, this.#lastTaking])
      for (const key of this.#last.keys.keys()) floor.raise('keys', key, this.count);
  }

  tagRemoved(tag: string): void {
    this.count++;
    for (const floor of [this.#last, this.#lastTaking]) floor.raise('tags', tag, this.count);
  }

  /** S2. @param isAgain - Whether it is a value past its end that is stored again since its factory failed. */
  committed(key: string, value: number, isAgain: boolean): void {
    const birth = this.#births.get(value);
    const last = isAgain ? this.#lastTaking : this.#last;
    if (birth === undefined || birth.count < (last.keys.get(key) ?? 0)) {
      this.violations.push(
        `S2 ${value} was stored under ${key} after a set or removal that came after its factory began`,
      );
    }
  }

  /** An own operation has resolved. */
  resolved(process: number, kind: 'keys' | 'tags', name: string, count: number, isTaking: boolean): void {
    this.#floors[process]?.heard.raise(kind, name, count);
    if (isTaking) this.#floors[process]?.stale.raise(kind, name, count);
  }

  heard(process: number, kind: 'keys' | 'tags', name: string, count: number, isReal: boolean): void {
    this.#floors[process]?.[isReal ? 'heard' : 'silent'].raise(kind, name, count);
  }

  /** The same, of what takes a value away, and not only its time. */
  heardTaking(process: number, kind: 'keys' | 'tags', name: string, count: number): void {
    this.#floors[process]?.stale.raise(kind, name, count);
  }

  /** A message was lost: it counts once the bound is over. */
  lost(process: number, kind: Unheard['kind'], name: string, count: number): void {
    this.#unheard[process]?.push({ kind, name, count, time: this.clock.now() });
  }

  /** The last operation on a key, or removal of a tag whose key it is: what its message tells of. */
  lastOf(key: string, isTaking = false): number {
    const { keys, tags } = isTaking ? this.#lastTaking : this.#last;
    return (key.startsWith(tagStart) ? tags.get(key.slice(tagStart.length)) : keys.get(key)) ?? 0;
  }

  /** All that happened so far. */
  soFar(): Floor {
    return this.#last.copy();
  }

  /** All of it that took values away. */
  takenSoFar(): Floor {
    return this.#lastTaking.copy();
  }

  /** The process knows that messages may be lost, and has dropped all that it held. */
  knowsAll(process: number, happened = this.soFar()): void {
    for (const [key, count] of happened.keys) this.heard(process, 'keys', key, count, true);
    for (const [tag, count] of happened.tags) this.heard(process, 'tags', tag, count, true);
    this.#unheard[process] = [];
  }

  /** The channel is armed: all that took values away by then is known. */
  knowsTaken(process: number, taken: Floor): void {
    for (const [key, count] of taken.keys) this.heardTaking(process, 'keys', key, count);
    for (const [tag, count] of taken.tags) this.heardTaking(process, 'tags', tag, count);
  }

  starts(process: number): Start {
    const now = this.clock.now();
    const due = (unheard: Unheard) => unheard.time + this.maxStaleness <= now;
    const list = this.#unheard[process] ?? [];
    for (const { kind, name, count } of list.filter(due)) this.heard(process, kind, name, count, true);
    this.#unheard[process] = list.filter((unheard) => !due(unheard));
    const { heard, silent, stale } = this.#floors[process] as Floors;
    return { floor: heard.copy(), silent: silent.copy(), stale: stale.copy(), time: now };
  }

  /** S1: what a call that started then is given. @param stale - Where it was told that it is a value past its end. */
  returned(process: number, key: string, value: number, start: Start, what: string, stale?: StaleReturn): void {
    const birth = this.#births.get(value);
    if (birth === undefined) {
      this.violations.push(`S1 ${what} of ${process} gave ${value}, which was never set`);
      return;
    }
    const { count, tags, unleasedAt, endedAt } = birth;
    const isWithinBound =
      unleasedAt !== undefined && (start.time < unleasedAt + this.maxStaleness || start.time <= endedAt);
    const floor = Math.max(
      (stale ? start.stale : start.floor).of(key, tags),
      // Of the removal of what was not there nobody is told; a load without a lease may be shared until it ends.
      unleasedAt === undefined || (stale ? stale.isHeard : !isWithinBound) ? start.silent.of(key, tags) : 0,
    );
    if (count < floor) {
      this.violations.push(
        `S1 ${what} of process ${process} gave ${value}${stale ? ' (stale)' : ''} of ${key}, born at ${count}, after ${start.floor.explain(key, tags)} / ${start.silent.of(key, tags)}`,
      );
    }
  }
}
