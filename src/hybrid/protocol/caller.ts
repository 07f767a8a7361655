import { RecursiveLoadError } from '../../core/errors.js';
import { keysOfCycle, pathBetween } from '../../core/load-cycle.js';
import type { Flight } from './flight.js';
import type { Held } from './values.js';

/** One call that waits for a flight. It is settled once, by whatever comes first. */
export class Caller {
  settled = false;
  /** It has waited as long as it wants to where there is a value past its end. */
  isOverdue = false;
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
    /** Whether a value past its end will do, where nothing better can be had. */
    readonly takesStale = false,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    from?.asking.add(this);
  }

  /** Waits for this flight from now on. @returns false, with an error for the caller, where that would be for ever */
  waitFor(flight: Flight): boolean {
    this.flight = flight;
    if (this.from === undefined) return true;
    const path = pathBetween(flight, this.from, waitedFor);
    if (path === undefined) return true;
    this.fail(new RecursiveLoadError(keysOfCycle([this.from, ...path])));
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

/** What the factory of a load waits for. */
function waitedFor({ asking }: Flight): Flight[] {
  return [...asking].flatMap(({ flight }) => flight ?? []);
}
