import type { FlightActions } from './actions.js';
import { countsUnasked } from './tags.js';
import type { Stale } from './values.js';

/**
 * What a load has to fall back on: a value past its end, or one that is being refreshed before it. One that was read counts only if
 * the lease was granted over it: then it was the last one at the grant, and whoever joins later joins a lease that nothing ended. Else
 * only the copy of this process counts, as it is at that moment: messages and own operations take it away.
 */
export class Fallback {
  #value: Stale | undefined;
  #isGranted = false;
  /** The distributed cache holds nothing. */
  #isNone = false;
  readonly #key: string;
  readonly #actions: FlightActions;

  constructor(key: string, actions: FlightActions) {
    this.#key = key;
    this.#actions = actions;
  }

  /** What the factory is told of. */
  get told(): Stale | undefined {
    return this.#value;
  }

  /** Whether it can be stored again under the lease. */
  get isGranted(): boolean {
    return this.#isGranted;
  }

  /** What may be given to all who wait now; what its tags say has to be looked at. */
  get current(): Stale | undefined {
    if (this.#isNone) return undefined;
    return this.#isGranted ? this.#value : this.#actions.copyOf(this.#key);
  }

  /** The copy of this process, if it counts by what is known of its tags: nobody is asked. */
  get copy(): Stale | undefined {
    const copy = this.#actions.copyOf(this.#key);
    return copy && countsUnasked(this.#actions.judge(copy), copy) ? copy : undefined;
  }

  /** What was read, and is to be replaced. `undefined`: what was read before may be gone by now. */
  wasRead(value: Stale | undefined): void {
    this.#value = value;
    this.#isGranted = false;
    this.#isNone = false;
  }

  /** @param hasValue - Whether the value that was read is still there, by the grant. */
  granted(hasValue: boolean): void {
    this.#isNone = !hasValue;
    this.#isGranted = hasValue && this.#value !== undefined;
    if (hasValue && !this.#isGranted) this.#value = this.copy;
  }

  /** The load begins without a lease. */
  notGranted(): void {
    this.wasRead(undefined);
    this.#value = this.copy;
  }

  /** An own set or removal. */
  drop(): void {
    this.wasRead(undefined);
  }
}
