import { type Clock, maxTimerDelay } from '../../core/clock.js';
import type { ExpiryQueue } from './expiry-queue.js';

/** How many keys one slice looks at before the event loop gets its turn. */
const slice = 1_000;

/** Gives expired entries back in bounded slices, with one timer for all of them. */
export class Sweeper {
  readonly #clock: Clock;
  readonly #queue: ExpiryQueue;
  readonly #look: (keys: readonly string[], now: number) => void;
  #timer: unknown;
  #armedFor = Infinity;
  #closed = false;

  /** @param look - Drops each of these keys that is over, and queues the others again. */
  constructor(clock: Clock, queue: ExpiryQueue, look: (keys: readonly string[], now: number) => void) {
    this.#clock = clock;
    this.#queue = queue;
    this.#look = look;
  }

  /** Makes sure that the queue is looked at by this time. */
  expect(slot: number, now: number): void {
    if (slot < this.#armedFor && !this.#closed) this.#arm(slot, now);
  }

  stop(): void {
    if (this.#armedFor !== Infinity) this.#clock.clearTimeout(this.#timer);
    this.#armedFor = Infinity;
    this.#timer = undefined;
  }

  /** Stops for good. */
  close(): void {
    this.#closed = true;
    this.stop();
  }

  #arm(at: number, now: number): void {
    this.stop();
    this.#armedFor = at;
    // The timer holds the cache weakly: one that was dropped without close() can be collected before its last deadline.
    const self = new WeakRef(this);
    const run = () => {
      const sweeper = self.deref();
      if (sweeper !== undefined) sweeper.#run();
    };
    this.#timer = this.#clock.setTimeout(run, Math.min(Math.max(at - now, 0), maxTimerDelay));
  }

  #run(): void {
    this.#armedFor = Infinity;
    const now = this.#clock.now();
    const keys = this.#queue.take(now, slice);
    this.#look(keys, now);
    const next = keys.length === slice ? now : this.#queue.next();
    if (next !== Infinity) this.expect(next, now);
  }
}
