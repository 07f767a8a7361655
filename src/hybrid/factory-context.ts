import type { Signal } from '../core/signal.js';
import type { HybridFactoryContext } from './options.js';
import type { Flight } from './protocol/flight.js';

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

  /** A function of its own, so that it can be taken out of the context. */
  readonly doNotStore = (): void => {
    this.#flight.isNotToBeStored = true;
  };
}
