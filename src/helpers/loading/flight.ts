import { RecursiveLoadError } from '../../core/errors.js';
import { keysOfCycle, pathBetween } from '../../core/load-cycle.js';
import { onAbort, type Signal } from '../../core/signal.js';

/**
 * One load under way, and the calls that share it.
 *
 * Flights of the ESM and of the CJS copy of this package meet in one table: what one flight asks of another is public,
 * since a private member is known to one copy of a class only.
 */
export class Flight<T> {
  readonly outcome: Promise<T>;
  /** The key as the backend knows it. */
  readonly key: string;
  /**
   * Calls that began up to this one (by `SharedState.begun`) may share this load: what it asked of the backend was
   * asked after they began, so they can get nothing that was removed or replaced before.
   */
  sharedUpTo = Infinity;
  /** The lease that it loads under. */
  token: string | undefined;
  settled = false;
  /** The loads whose outcome its factory waits for, and how often. */
  readonly waitsFor = new Map<Flight<unknown>, number>();
  readonly #flights: Map<string, Flight<unknown>>;
  readonly #abort = new AbortController();
  #callers = 0;

  /**
   * Starts the load and puts it in the place of any other of its key.
   *
   * @param flights - All loads under way on the backend, by key.
   * @param run - The load. Called in this turn.
   */
  constructor(flights: Map<string, Flight<unknown>>, fullKey: string, run: (flight: Flight<T>) => Promise<T>) {
    this.key = fullKey;
    this.#flights = flights;
    this.#flights.set(fullKey, this as Flight<unknown>);
    this.outcome = run(this).finally(() => {
      this.settled = true;
      this.#leaveTable();
    });
    // Each caller hears of a failure by its own promise; when all have gone there is nobody left to tell.
    this.outcome.catch(() => {});
  }

  /** Aborted when the last caller has gone. */
  get signal(): Signal {
    return this.#abort.signal;
  }

  /** Puts another load in its place, for later calls of the key to find; unless a newer one is there. */
  giveWayTo(other: Flight<T>): void {
    if (this.#flights.get(this.key) !== this) return;
    if (other.settled || other.signal.aborted) this.#leaveTable();
    else this.#flights.set(this.key, other as Flight<unknown>);
  }

  /**
   * The outcome, or the signal's reason as soon as it is aborted; the load goes on while others want it.
   *
   * @param from - The load whose factory asks.
   * @throws RecursiveLoadError where this load waits for that one already.
   */
  async join(signal: Signal | undefined, from: Flight<unknown> | undefined): Promise<T> {
    if (from === undefined) return this.#share(signal);
    const path = pathBetween<Flight<unknown>>(this as Flight<unknown>, from, ({ waitsFor }) => waitsFor.keys());
    if (path !== undefined) throw new RecursiveLoadError(keysOfCycle([from, ...path]));
    from.waitsFor.set(this, (from.waitsFor.get(this) ?? 0) + 1);
    try {
      return await this.#share(signal);
    } finally {
      const left = (from.waitsFor.get(this) ?? 1) - 1;
      if (left > 0) from.waitsFor.set(this, left);
      else from.waitsFor.delete(this);
    }
  }

  #share(signal: Signal | undefined): Promise<T> {
    this.#callers++;
    if (signal === undefined) return this.outcome;
    return new Promise<T>((resolve, reject) => {
      const stop = onAbort(signal, () => {
        reject(signal.reason);
        if (--this.#callers > 0 || this.settled) return;
        this.#leaveTable();
        this.#abort.abort(signal.reason);
      });
      this.outcome.then(resolve, reject).then(stop);
    });
  }

  #leaveTable(): void {
    if (this.#flights.get(this.key) === this) this.#flights.delete(this.key);
  }
}
