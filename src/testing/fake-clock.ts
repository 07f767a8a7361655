import type { Clock } from 'distributed-cache';
import { rangeError } from './options.js';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** The time at which a {@link FakeClock} starts by default, in ms since the epoch: 2030-01-01T00:00:00.000Z. */
export const fakeClockStart = 1_893_456_000_000;

// Past this the platforms' timers fire at once; a clock that took more would hide that bug from the tests.
const maxTimerDelay = 2 ** 31 - 1;

/**
 * A clock that stands still until a test moves it, timers included.
 *
 * @example
 * const clock = new FakeClock();
 * const cache = new MemoryCache({ clock });
 * await setString(cache, 'a', '1', { relativeExpiration: '5m' });
 * clock.advance(300_000);
 * await getString(cache, 'a'); // undefined
 */
export class FakeClock implements Clock {
  readonly #timers = new Map<number, Timer>();
  #now: number;
  #created = 0;

  /**
   * @param start - Milliseconds since the epoch. Default: {@link fakeClockStart}, 2030-01-01T00:00:00.000Z.
   * @throws RangeError `ERR_INVALID_OPTION` for a start that is not a time that a `Date` can hold.
   */
  constructor(start: number = fakeClockStart) {
    if (!(Math.abs(start) <= 8.64e15)) throw rangeError('start', 'milliseconds that a Date can hold', start);
    this.#now = start;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#now;
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Runs `run` once, when {@link FakeClock.advance} reaches it.
   *
   * @param ms - Milliseconds; a negative delay counts as 0. A timer of 0 waits for the next `advance`, be it of 0.
   * @throws RangeError `ERR_INVALID_OPTION` for a delay that the platforms' timers do not take: past 2^31 - 1, or NaN.
   */
  setTimeout(run: () => void, ms: number): unknown {
    if (!(ms <= maxTimerDelay)) throw rangeError('ms', 'a delay of at most 2^31 - 1 ms', ms);
    const id = ++this.#created;
    this.#timers.set(id, { at: this.#now + Math.max(ms, 0), run });
    return id;
  }

  /** Cancels what {@link FakeClock.setTimeout} gave. */
  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  /**
   * Moves the time, and runs every timer that becomes due on the way, each at its own time, in the order of their
   * times (of two for the same time the one that was set first), also those that timers set meanwhile. It does not
   * wait for what they start. What a timer throws ends the advance at that timer's time.
   *
   * @param ms - Milliseconds, 0 or more.
   * @throws RangeError `ERR_INVALID_OPTION` for a negative or infinite number, or NaN.
   */
  advance(ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) throw rangeError('ms', 'a finite number, 0 or more', ms);
    const end = this.#now + ms;
    for (let id = this.#next(end); id !== undefined; id = this.#next(end)) {
      const timer = this.#timers.get(id) as Timer;
      this.#timers.delete(id);
      this.#now = timer.at;
      timer.run();
    }
    this.#now = end;
  }

  /** The first timer that is due by `end`. The map is in the order of creation, which settles ties. */
  #next(end: number): number | undefined {
    let first: number | undefined;
    let time = Infinity;
    for (const [id, { at }] of this.#timers) {
      if (at <= end && at < time) {
        first = id;
        time = at;
      }
    }
    return first;
  }
}
