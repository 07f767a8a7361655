import { RecursiveLoadError } from '../../core/errors.js';
import type { Flight } from './flight.js';
import type { Held } from './values.js';

/** One call that waits for a flight. It is settled once, by whatever comes first. */
export class Caller {
  settled = false;
  /** What it waits for now. */
  flight: Flight | undefined;
  /** Called when it is settled, or moves on no more. */
  onSettled: (() => void) | undefined;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
    /** The load whose factory makes the call. */
    readonly from: Flight | undefined,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    from?.asking.add(this);
  }

  /** Waits for this flight from now on. @returns false, with an error for the caller, where that would be for ever */
  waitFor(flight: Flight): boolean {
    this.flight = flight;
    if (this.from === undefined) return true;
    const path = pathTo(flight, this.from);
    if (path === undefined) return true;
    const keys = [this.from, ...path].map(({ key }) => key).filter((key, i, all) => i === 0 || key !== all[i - 1]);
    this.fail(new RecursiveLoadError(keys.length > 1 ? keys : [...keys, ...keys]));
    return false;
  }

  /** Each caller takes its own copy of a value that can't be shared. */
  take(held: Held): void {
    if (this.settled) return;
    try {
      this.answer(held.take());
    } catch (error) {
      this.fail(error);
    }
  }

  answer(value: unknown): void {
    if (this.#settle()) this.#resolve(value);
  }

  fail(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.from?.asking.delete(this);
    this.flight = undefined;
    this.onSettled?.();
    return true;
  }
}

/** How a load waits for another, itself first and the other last; `undefined` if it does not. */
export function pathTo(flight: Flight, other: Flight, seen = new Set<Flight>()): readonly Flight[] | undefined {
  if (flight === other) return [flight];
  if (seen.has(flight)) return undefined;
  seen.add(flight);
  for (const { flight: next } of flight.asking) {
    const path = next && pathTo(next, other, seen);
    if (path !== undefined) return [flight, ...path];
  }
  return undefined;
}
