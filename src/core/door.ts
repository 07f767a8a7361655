import type { DistributedCache } from './cache.js';
import { type Clock, systemClock } from './clock.js';
import { ErrorCode, show, typeError } from './errors.js';
import type { EventListener } from './events.js';
import type { CallOptions } from './signal.js';

/**
 * The internal door of a cache: what the bundled helpers ask of our own caches beside the public interface, and what
 * our decorators pass on. A cache without one is its own backend and gets the plain behaviour.
 */
export interface Door {
  /** The backend at the bottom: flights belong to it and to the key as it knows it. */
  readonly root: object;
  readonly clock: Clock;
  /** The key as the backend knows it. */
  fullKey(key: string): string;
  /** `get`, but the bytes may be the cache's own: the caller reads them at once and neither keeps nor changes them. */
  read(key: string, options?: CallOptions): Promise<Uint8Array | undefined>;
  /** Tells every listener on the way down; `undefined` when nobody listens. */
  readonly emit: EventListener | undefined;
}

// In the global registry: a helper of the CJS copy must find the door of a cache made by the ESM copy.
export const doorKey = Symbol.for('distributed-cache.door');

/** What a cache with a door is. */
export interface WithDoor {
  readonly [doorKey]: Door;
}

/** The cache's door, or that of a backend that has none. */
export function doorOf(cache: DistributedCache): Door {
  if (typeof cache !== 'object' || cache === null) {
    throw typeError(ErrorCode.invalidArgument, 'cache', 'a DistributedCache', show(cache));
  }
  return (
    (cache as Partial<WithDoor>)[doorKey] ?? {
      root: cache,
      clock: systemClock,
      fullKey: (key) => key,
      read: (key, options) => cache.get(key, options),
      emit: undefined,
    }
  );
}
