import type { Settings } from './options.js';

/** What a {@link Breaker} tells. */
export interface BreakerListener {
  /** It opened: the last of the failures that made it do so. */
  opened(error: unknown): void;
  /** It closed, after so many milliseconds. */
  closed(openMs: number): void;
}

/**
 * Decides whether a backend is worth asking. Closed: it is asked. Open, after so many failures in so much time: it is
 * skipped, but for one call at a time, at most one each interval, on whose answer it closes.
 */
export class Breaker {
  readonly #settings: Settings;
  readonly #listener: BreakerListener;
  /** When the latest failures were: a ring of as many as open it. */
  readonly #failures: number[] = [];
  #next = 0;
  #isOpen = false;
  #openedAt = 0;
  #probedAt = 0;
  #isProbing = false;
  #era = 0;

  constructor(settings: Settings, listener: BreakerListener) {
    this.#settings = settings;
    this.#listener = listener;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The number of the time since it was last opened: a call that began in an earlier one says nothing of this one. */
  get era(): number {
    return this.#era;
  }

  /** A call that began in `era` failed, and that means that the backend is down. */
  failed(error: unknown, era: number): void {
    if (this.#isOpen || era !== this.#era) return;
    const { clock, failures, withinMs } = this.#settings;
    const now = clock.now();
    // Once the ring is full, the place of the next is that of the oldest.
    this.#failures[this.#next] = now;
    this.#next = (this.#next + 1) % failures;
    const oldest = this.#failures[this.#next];
    if (oldest === undefined || now - oldest > withinMs) return;
    this.#isOpen = true;
    this.#era++;
    this.#openedAt = now;
    this.#probedAt = now;
    this.#failures.length = 0;
    this.#next = 0;
    this.#listener.opened(error);
  }

  /** While it is open: whether this call is to be the probe. Who gets `true` owes an answer. */
  takeProbe(): boolean {
    if (this.dueIn > 0) return false;
    this.#isProbing = true;
    this.#probedAt = this.#settings.clock.now();
    return true;
  }

  /** While it is open: in how many milliseconds the next probe may be sent; later, while one is in flight. */
  get dueIn(): number {
    const { clock, probeIntervalMs } = this.#settings;
    const passed = clock.now() - this.#probedAt;
    // A clock that was set back must not keep the backend out.
    if (passed >= 0 && passed < probeIntervalMs) return probeIntervalMs - passed;
    return this.#isProbing ? probeIntervalMs : 0;
  }

  /** The probe failed, or ended without saying anything. */
  probeFailed(): void {
    this.#isProbing = false;
  }

  /** The backend answered the probe. */
  probeAnswered(): void {
    this.#isProbing = false;
    this.#isOpen = false;
    this.#listener.closed(Math.max(0, this.#settings.clock.now() - this.#openedAt));
  }
}
