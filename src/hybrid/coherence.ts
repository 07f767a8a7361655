import type { InvalidationSink, InvalidationSource } from '../core/capabilities.js';
import type { Clock } from '../core/clock.js';

/** What {@link Coherence} tells. */
export interface CoherenceEvents {
  keys(keys: readonly string[]): void;
  /** Everything may have changed: drop all, and mark what is under way (protocol rules 21 and 22). */
  everything(): void;
  /** The same, but from now on changes may go unheard: no copy counts, and some stay to fall back on. */
  lostTouch(): void;
  /** Until when copies may be served now, by the monotonic clock in ms: the hit itself looks at it (rule 23). */
  bound(time: number): void;
  restored(): void;
  lost(reason: 'down' | 'silence'): void;
  failed(error: unknown): void;
}

/** What a {@link Coherence} is made of. */
export interface CoherenceOptions {
  /** Undefined where the distributed cache can't tell what changes. */
  readonly source: InvalidationSource | undefined;
  readonly clock: Clock;
  /** The monotonic clock, in ms. */
  readonly monotonic: () => number;
  readonly maxStalenessMs: number;
  readonly events: CoherenceEvents;
}

/**
 * `'none'`: there is nothing to hear, copies live for their local expiration. `'armed'`: changes are heard. `'down'`: they
 * may not be, and no copy is served as one that is.
 */
export type CoherenceState = 'none' | 'armed' | 'down';

// How often within the bound the channel is asked to prove itself.
const proofsPerBound = 4;

/**
 * Whether what others change is heard. The bound counts from the sending of a change of its own that was heard (protocol
 * rule 24).
 */
export class Coherence {
  state: CoherenceState;
  readonly #options: CoherenceOptions;
  #listening: AsyncDisposable | undefined;
  /** Whether the source says that it is up. */
  #isUp = false;
  #isProving = false;
  #timer: unknown;
  /** Until when copies may be served, by the monotonic clock in ms. */
  #bound = Infinity;
  #closed = false;
  #waiting: (() => void)[] = [];

  constructor(options: CoherenceOptions) {
    this.#options = options;
    this.state = options.source === undefined ? 'none' : 'down';
  }

  start(): void {
    const { source } = this.#options;
    if (source !== undefined) this.#listen(source);
  }

  /** Resolves once changes are heard, or there is nothing to hear. */
  async ready(): Promise<void> {
    if (this.state !== 'down' || this.#closed) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#options.clock.clearTimeout(this.#timer);
    this.#release();
    await this.#listening?.[Symbol.asyncDispose]();
  }

  /** The time has come by which it should have proved itself, as a hit or the timer has seen. */
  silent(): void {
    if (this.state === 'armed' && this.#options.monotonic() >= this.#bound) this.#lose('silence');
  }

  #listen(source: InvalidationSource): void {
    const { events } = this.#options;
    const sink: InvalidationSink = {
      keys: (keys) => events.keys(keys),
      all: () => events.everything(),
      up: () => {
        this.#isUp = true;
        this.#arm(this.#options.monotonic());
      },
      down: () => {
        this.#isUp = false;
        this.#lose('down');
      },
    };
    source.listen(sink).then(
      (listening) => {
        this.#listening = listening;
        if (this.#closed) void listening[Symbol.asyncDispose]();
      },
      (error: unknown) => {
        if (this.#closed) return;
        events.failed(error);
        this.#later(() => this.#listen(source));
      },
    );
  }

  #arm(provedAt: number): void {
    const { events, source, maxStalenessMs } = this.#options;
    if (this.#closed) return;
    // Armed again without having been down: the same, since something may have gone unheard in between.
    this.state = 'armed';
    events.everything();
    this.#setBound(source?.prove === undefined ? Infinity : provedAt + maxStalenessMs);
    events.restored();
    this.#release();
    this.#prove();
  }

  #lose(reason: 'down' | 'silence'): void {
    if (this.state !== 'armed') return;
    this.state = 'down';
    // What is kept from here on carries its own end.
    this.#setBound(Infinity);
    this.#options.events.lostTouch();
    this.#options.events.lost(reason);
  }

  #setBound(bound: number): void {
    this.#bound = bound;
    this.#options.events.bound(bound);
  }

  #prove(): void {
    const { source, monotonic, maxStalenessMs } = this.#options;
    if (this.#closed || !this.#isUp || source?.prove === undefined) return;
    this.#later(() => this.#prove());
    this.silent();
    if (this.#isProving) return;
    this.#isProving = true;
    const sentAt = monotonic();
    source.prove().then(
      () => {
        this.#isProving = false;
        if (!this.#isUp || this.#closed) return;
        const bound = sentAt + maxStalenessMs;
        if (monotonic() >= bound) return;
        // Only what is read from here on is kept, and every message about it will be heard.
        if (this.state === 'down') this.#arm(sentAt);
        else if (bound > this.#bound) this.#setBound(bound);
      },
      () => {
        this.#isProving = false;
      },
    );
  }

  #later(run: () => void): void {
    const { clock, maxStalenessMs } = this.#options;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(run, maxStalenessMs / proofsPerBound);
  }

  #release(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }
}
