import { LoadContext } from '../../core/load-context.js';
import type { Flight } from './flight.js';

/** What all copies of this package in a process share: who is loading what. */
export interface SharedState {
  /** How many calls have begun. A call may share what was asked of the backend after it began. */
  begun: number;
  /** The loads under way, by backend and by the key as the backend knows it. */
  readonly flights: WeakMap<object, Map<string, Flight<unknown>>>;
  readonly context: LoadContext<Flight<unknown>>;
}

// The number is that of the shape of what is shared: copies of other shapes do not share.
const stateKey = Symbol.for('distributed-cache.loading.1');

/** In the global object, since the ESM and the CJS copy of a module have variables of their own. */
export function sharedState(): SharedState {
  const holder = globalThis as { [stateKey]?: SharedState };
  holder[stateKey] ??= { begun: 0, flights: new WeakMap(), context: new LoadContext() };
  return holder[stateKey];
}

/** The loads under way on this backend. */
export function flightsOf(root: object): Map<string, Flight<unknown>> {
  const { flights } = sharedState();
  let ofRoot = flights.get(root);
  if (ofRoot === undefined) {
    ofRoot = new Map();
    flights.set(root, ofRoot);
  }
  return ofRoot;
}
