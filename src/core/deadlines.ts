import type { Clock } from './clock.js';

/** Something that is given up when its time is over. */
export interface Expirable {
  /** Its time is over. */
  expire(): void;
  /** The wheel's: its neighbours in the slot. A class whose objects are many declares both, so that all have one shape. */
  before?: Expirable | undefined;
  /** The wheel's, see `before`. */
  after?: Expirable | undefined;
}

/**
 * What {@link Deadlines.add} gives: take the thing out of it (`delete`) when it is done. A ring of links in the things
 * themselves: a `Set` costs several times as much for each call.
 */
export class DeadlineSlot {
  readonly #end: Expirable = { expire: () => {} };

  constructor() {
    this.#end.before = this.#end;
    this.#end.after = this.#end;
  }

  get isEmpty(): boolean {
    return this.#end.after === this.#end;
  }

  add(waiting: Expirable): void {
    const last = this.#end.before as Expirable;
    waiting.before = last;
    waiting.after = this.#end;
    last.after = waiting;
    this.#end.before = waiting;
  }

  /** Does nothing for what is out of it already. */
  delete(waiting: Expirable): void {
    const { before, after } = waiting;
    if (before === undefined || after === undefined) return;
    before.after = after;
    after.before = before;
    waiting.before = undefined;
    waiting.after = undefined;
  }

  all(): Expirable[] {
    const all: Expirable[] = [];
    for (let each = this.#end.after as Expirable; each !== this.#end; each = each.after as Expirable) all.push(each);
    return all;
  }

  /** Takes all out. */
  take(): Expirable[] {
    const all = this.all();
    for (const each of all) this.delete(each);
    return all;
  }
}

// An eighth of the deadline is how early a call may be given up: no clock is read for a call.
const slotCount = 8;
// What timers are late by, a millisecond or so, must not make a deadline longer than it is.
const margin = 0.015;

/**
 * One deadline for many things at once, on one timer: a ring of slots that turns by an eighth of the deadline at a
 * time, and only while anything waits. What is added ends after 7/8 to 8/8 of the time, never later (but for a busy event
 * loop). (A simple timing wheel: Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987.)
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #slots: DeadlineSlot[] = Array.from({ length: slotCount }, () => new DeadlineSlot());
  readonly #turnMs: number;
  #current = 0;
  #timer: unknown;
  /** When the ring is to turn next. */
  #next = 0;

  /** @param ms - The deadline in milliseconds. */
  constructor(
    clock: Clock,
    readonly ms: number,
  ) {
    this.#clock = clock;
    this.#turnMs = (ms * (1 - margin)) / slotCount;
  }

  /** Gives the thing its time, from now on. */
  add(waiting: Expirable): DeadlineSlot {
    const slot = this.#slots[this.#current] as DeadlineSlot;
    slot.add(waiting);
    if (this.#timer === undefined) {
      this.#next = this.#clock.now();
      this.#wait();
    }
    return slot;
  }

  /** How soon a thing may be given up, in ms: a turn that comes late may be followed by one that comes at once. */
  get soonestMs(): number {
    return Math.max(this.#turnMs * (slotCount - 2) - 1, 0);
  }

  /** All that waits. */
  waiting(): Expirable[] {
    return this.#slots.flatMap((slot) => slot.all());
  }

  /** Sets the timer by the clock, so that late timers do not add up; a clock that jumps moves one turn at most. */
  #wait(): void {
    const now = this.#clock.now();
    this.#next = Math.max(this.#next + this.#turnMs, now);
    const delay = Math.min(this.#next - now, this.#turnMs);
    this.#next = now + delay;
    this.#timer = this.#clock.setTimeout(() => this.#turn(), delay);
  }

  #turn(): void {
    this.#timer = undefined;
    this.#current = (this.#current + 1) % slotCount;
    const due = this.#slots[this.#current] as DeadlineSlot;
    const expired = due.take();
    if (this.#slots.some((slot) => !slot.isEmpty)) this.#wait();
    for (const waiting of expired) waiting.expire();
  }
}
