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
  /**
   * The same cache, whose calls reject with `ERR_TIMEOUT` after `ms` milliseconds, and whose writes refuse themselves where
   * they arrive later than that. Where it is missing, the backend knows no deadlines.
   */
  readonly within?: ((ms: number) => DistributedCache) | undefined;
  /** How the backend can be reached right now; where it is missing, nobody knows. */
  readonly state?: (() => BackendState) | undefined;
}

/**
 * `'connecting'`: for the first time, and no attempt has failed yet. `'down'`: an attempt failed, or a connection was
 * lost, and there is none now.
 */
export type BackendState = 'connecting' | 'up' | 'down';

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
