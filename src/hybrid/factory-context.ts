import { ErrorCode, show, typeError } from '../core/errors.js';
import type { Signal } from '../core/signal.js';
import type { HybridFactoryContext, HybridValidators } from './options.js';
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
    return this.#flight.fallback.told?.held.take();
  }

  get etag(): string | undefined {
    return this.#flight.fallback.told?.validators?.etag;
  }

  get lastModified(): string | undefined {
    return this.#flight.fallback.told?.validators?.lastModified;
  }

  // Functions of their own, so that they can be taken out of the context.
  readonly notModified = (): never => {
    if (this.#flight.fallback.told !== undefined) return notModified as never;
    throw typeError(ErrorCode.invalidValue, 'notModified', 'a value that is being refreshed', 'none');
  };

  readonly modified = <T>(value: T, { etag, lastModified }: HybridValidators): T => {
    for (const [name, text] of Object.entries({ etag, lastModified })) {
      if (text !== undefined && typeof text !== 'string') {
        throw typeError(ErrorCode.invalidArgument, name, 'a string', show(text));
      }
    }
    this.#flight.validators = etag === undefined && lastModified === undefined ? undefined : { etag, lastModified };
    return value;
  };

  readonly doNotStore = (): void => {
    this.#flight.isNotToBeStored = true;
  };
}
