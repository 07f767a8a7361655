import type { Clock } from '../../core/clock.js';
import type { Breaker } from './breaker.js';
import type { Guard } from './guard.js';
import { MakeUp, type MakeUpOptions } from './make-up.js';
import type { OwedRaises } from './owed-raises.js';
import type { OwedRelease, OwedReleases } from './owed-releases.js';
import type { RememberedRemovals } from './remembered-removals.js';
import { Retry } from './retry.js';

/** What a {@link Replay} stands on. */
export interface ReplayOptions extends MakeUpOptions {
  readonly breaker: Breaker;
  readonly clock: Clock;
  readonly intervalMs: number;
}

// So few that a call of it is no burden to the backend, and ends by its deadline.
const chunkSize = 200;

/**
 * Makes up, in the background, for the removals and releases that did not reach the backend: as soon as it answers
 * again, and at each interval as long as it does not. While the backend is skipped, one of the removals is the probe.
 */
export class Replay {
  readonly #makeUp: MakeUp;
  readonly #guard: Guard;
  readonly #breaker: Breaker;
  readonly #removals: RememberedRemovals;
  readonly #releases: OwedReleases;
  readonly #raises: OwedRaises;
  /** Keys, releases, and the probe. */
  readonly #names: Retry;
  /** Prefixes: a scan that takes long, or hangs, holds up no key. */
  readonly #scans: Retry;
  #isOver = false;

  constructor(options: ReplayOptions) {
    const { breaker, clock, intervalMs, removals, releases, raises } = options;
    this.#makeUp = new MakeUp(options);
    this.#guard = options.guard;
    this.#breaker = breaker;
    this.#removals = removals;
    this.#releases = releases;
    this.#raises = raises;
    const delay = () => (breaker.isOpen ? breaker.dueIn : intervalMs);
    this.#names = new Retry(clock, {
      isWanted: () =>
        !this.#isStopped &&
        (removals.hasKeys || releases.size > 0 || raises.size > 0 || (breaker.isOpen && removals.hasPrefixes)),
      delay,
      run: () => (breaker.isOpen ? this.#probe() : this.#replayNames()),
    });
    this.#scans = new Retry(clock, {
      isWanted: () => !this.#isStopped && removals.hasPrefixes,
      delay,
      run: async () => !breaker.isOpen && this.#replayPrefixes(),
    });
  }

  /** Something is to be made up for: it is tried at the next interval. */
  arm(): void {
    this.#names.arm();
    this.#scans.arm();
  }

  /** The backend answers: what is remembered is made up for at once. */
  start(): void {
    this.#names.start();
    this.#scans.start();
  }

  /** A lease may stand at the backend that nobody loads under. */
  owe(release: OwedRelease): void {
    this.#releases.add(release);
    this.arm();
  }

  /** Stops. What is left is tried once more if the backend is believed to be up; by the deadline it is over. */
  async close(): Promise<void> {
    const last = () => !this.#breaker.isOpen;
    await this.#guard.atMost(Promise.all([this.#names.close(last), this.#scans.close(last)]));
    this.#isOver = true;
  }

  get #isStopped(): boolean {
    return this.#isOver || this.#makeUp.isClosed;
  }

  /** One removal, which is due anyway: the answer shows whether the backend is back. */
  async #probe(): Promise<boolean> {
    const key = this.#removals.first();
    if (key !== undefined) return this.#makeUp.remove(key, this.#guard.enter('replay', key));
    const [raise] = this.#raises.list();
    if (raise !== undefined) return this.#makeUp.raise(raise, this.#guard.enter('replay', raise.key));
    const release = this.#releases.first();
    return release === undefined || this.#makeUp.release(release);
  }

  async #replayNames(): Promise<boolean> {
    let wentWell = true;
    for (const each of chunksOf(this.#removals.keys())) {
      // An own set may have made up for some meanwhile.
      const keys = each.filter((key) => this.#removals.has(key));
      const failed = keys.length === 0 ? keys : await this.#makeUp.removeAll(keys);
      this.#removals.postpone(failed);
      if (failed.length > 0) wentWell = false;
      // Where nothing worked, more of the same would not either.
      if (this.#isStopped || (failed.length > 0 && failed.length === keys.length)) return false;
    }
    for (const owed of chunksOf(this.#raises.list())) {
      const raised = await Promise.all(
        owed.map((raise) => this.#makeUp.raise(raise, this.#guard.enter('replay', raise.key))),
      );
      if (this.#isStopped || !raised.every(Boolean)) return false;
    }
    for (const owed of chunksOf(this.#releases.list())) {
      const released = await Promise.all(owed.map((release) => this.#makeUp.release(release)));
      if (this.#isStopped || !released.every(Boolean)) return false;
    }
    return wentWell;
  }

  async #replayPrefixes(): Promise<boolean> {
    let wentWell = true;
    for (const prefix of this.#removals.prefixes()) {
      if (!(await this.#makeUp.removePrefix(prefix))) wentWell = false;
      if (this.#isStopped || this.#breaker.isOpen) return false;
    }
    return wentWell;
  }
}

function chunksOf<T>(list: readonly T[]): T[][] {
  const chunks: T[][] = [];
  for (let from = 0; from < list.length; from += chunkSize) chunks.push(list.slice(from, from + chunkSize));
  return chunks;
}
