import { type Clock, systemClock } from '../core/clock.js';

declare const process: { nextTick(run: () => void): void } | undefined;
const nextTick = typeof process === 'object' && typeof process.nextTick === 'function' ? process.nextTick : undefined;

// How many hits one reading of the clock serves, where they follow each other without letting anything else run.
const hitsPerReading = 32;

/** The monotonic clock in ms; of a clock that was handed in, its own time. */
export function monotonic(clock: Clock): () => number {
  return clock === systemClock ? () => performance.now() : () => clock.now();
}

/**
 * A clock for local hits, which costs less than the system's: it is read once per callback of the event loop and once per
 * some tens of hits, so neither a freeze of the process nor a chain of awaited hits goes unnoticed (protocol rule 23). A clock that
 * was handed in is read each time.
 */
export class HitClock {
  /** The last reading. */
  #time: number;
  #left = 0;
  #isEnding = false;
  readonly #read: () => number;
  readonly #perReading: number;
  readonly #callbackEnded = () => {
    this.#isEnding = false;
    this.#left = 0;
  };

  constructor(clock: Clock) {
    this.#read = monotonic(clock);
    this.#perReading = clock === systemClock && nextTick !== undefined ? hitsPerReading : 1;
    this.#time = this.#read();
  }

  now(): number {
    if (--this.#left > 0) return this.#time;
    return this.#refresh();
  }

  #refresh(): number {
    this.#left = this.#perReading;
    this.#time = this.#read();
    // It runs when the callback has run out of things to do, promises included, before the next one.
    if (!this.#isEnding && this.#perReading > 1) {
      this.#isEnding = true;
      (nextTick as (run: () => void) => void)(this.#callbackEnded);
    }
    return this.#time;
  }
}
