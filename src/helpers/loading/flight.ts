import { RecursiveLoadError } from '../../core/errors.js';
import type { Signal } from '../../core/signal.js';

/** One load under way, and the calls that share it. */
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
  readonly #flights: Map<string, Flight<unknown>>;
  readonly #waitsFor = new Set<Flight<unknown>>();
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
    this.enter();
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

  /** Makes this the load that later calls of the key find. */
  enter(): void {
    if (!this.settled && !this.signal.aborted) this.#flights.set(this.key, this);
  }

  /**
   * The outcome, or the signal's reason as soon as it is aborted; the load goes on while others want it.
   *
   * @param from - The load whose factory asks.
   * @throws RecursiveLoadError where this load waits for that one already.
   */
  async join(signal: Signal | undefined, from: Flight<unknown> | undefined): Promise<T> {
    if (from === undefined) return this.#share(signal);
    const path = this.#pathTo(from);
    if (path !== undefined) throw new RecursiveLoadError(keysOf([from, ...path]));
    from.#waitsFor.add(this);
    try {
      return await this.#share(signal);
    } finally {
      from.#waitsFor.delete(this);
    }
  }

  #share(signal: Signal | undefined): Promise<T> {
    this.#callers++;
    if (signal === undefined) return this.outcome;
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        reject(signal.reason);
        if (--this.#callers > 0 || this.settled) return;
        this.#leaveTable();
        this.#abort.abort(signal.reason);
      };
      const stop = () => signal.removeEventListener('abort', leave);
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave);
      this.outcome.then(resolve, reject).then(stop);
    });
  }

  /** How this flight waits for another, itself first and the other last; `undefined` if it does not. */
  #pathTo(other: Flight<unknown>, seen = new Set<Flight<unknown>>()): Flight<unknown>[] | undefined {
    if (other === this) return [this];
    if (seen.has(this)) return undefined;
    seen.add(this);
    for (const next of this.#waitsFor) {
      const path = next.#pathTo(other, seen);
      if (path !== undefined) return [this, ...path];
    }
    return undefined;
  }

  #leaveTable(): void {
    if (this.#flights.get(this.key) === this) this.#flights.delete(this.key);
  }
}

/** The keys of a cycle. Two loads of one key in a row, where one only asks whether the other still holds, are one step. */
function keysOf(cycle: readonly Flight<unknown>[]): string[] {
  const keys = cycle.map((flight) => flight.key).filter((key, i, all) => i === 0 || key !== all[i - 1]);
  return keys.length > 1 ? keys : [...keys, ...keys];
}
