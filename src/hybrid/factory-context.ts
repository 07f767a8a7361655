import { ErrorCode, typeError } from '../core/errors.js';
import type { Signal } from '../core/signal.js';
import type { HybridFactoryContext } from './options.js';
import type { Flight } from './protocol/flight.js';

/** What a factory gives whose source says that nothing has changed. */
export const notModified = Symbol('not modified');

/** What a factory is given: a view of its flight. */
export class FactoryContext implements HybridFactoryContext {
  readonly #flight: Flight;

  constructor(flight: Flight) {
    this.#flight = flight;
  }

  get key(): string {
    return this.#flight.key;
  }

  get signal(): Signal {
    return this.#flight.signal;
  }

  get stale(): unknown {
    return this.#flight.stale?.take();
  }

  // Functions of their own, so that they can be taken out of the context.
  readonly notModified = (): never => {
    if (this.#flight.stale !== undefined) return notModified as never;
    throw typeError(ErrorCode.invalidValue, 'notModified', 'a value that is being refreshed', 'none');
  };

  readonly doNotStore = (): void => {
    this.#flight.isNotToBeStored = true;
  };
}
