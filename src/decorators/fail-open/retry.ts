import type { Clock } from '../../core/clock.js';

/** Work that is done in the background until there is none left. */
export interface Work {
  /** Whether there is any. */
  isWanted(): boolean;
  /** In how many milliseconds it may be tried again. */
  delay(): number;
  /** Does what can be done now. Resolves to whether it all went well; never rejects. */
  run(): Promise<boolean>;
}

/** Does its work one run at a time, and again after a while where it did not go well. One timer, and only while there is work. */
export class Retry {
  readonly #clock: Clock;
  readonly #work: Work;
  #timer: unknown;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(clock: Clock, work: Work) {
    this.#clock = clock;
    this.#work = work;
  }

  /** Work came up: it is done at the next try. */
  arm(): void {
    if (this.#timer !== undefined || !this.#isIdle) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.start();
    }, this.#work.delay());
  }

  /** Does what there is now, unless that is going on. */
  start(): void {
    if (!this.#isIdle) return;
    this.#disarm();
    this.#running = this.#run();
  }

  /** No more timers, and no more runs; one that is going on goes on. */
  stop(): void {
    this.#isClosed = true;
    this.#disarm();
  }

  /** Stops, and does what is left once more if `last` says so. */
  async close(last: () => boolean): Promise<void> {
    this.stop();
    await this.#running;
    if (this.#work.isWanted() && last()) await this.#work.run();
  }

  get #isIdle(): boolean {
    return this.#running === undefined && !this.#isClosed && this.#work.isWanted();
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #run(): Promise<void> {
    const wentWell = await this.#work.run();
    this.#running = undefined;
    // What came up meanwhile is no worse for being done at once.
    if (wentWell) this.start();
    else this.arm();
  }
}
