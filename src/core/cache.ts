import type {
  BatchOperations,
  InvalidationSource,
  LeaseOperations,
  PrefixOperations,
  TimestampOperations,
} from './capabilities.js';
import type { EntryOptions } from './lifetime.js';
import type { CallOptions } from './signal.js';

/**
 * A cache of bytes: what every backend implements and everything else stands on. .NET's `IDistributedCache`.
 *
 * No method throws synchronously: invalid arguments reject, with a `TypeError` or `RangeError` that has a `code`.
 * What only some backends can do is a capability: one optional property each.
 *
 * @example
 * const cache: DistributedCache = new MemoryCache();
 * await cache.set('greeting', new TextEncoder().encode('hello'), { relativeExpiration: '5m' });
 * const bytes = await cache.get('greeting');
 */
export interface DistributedCache {
  /**
   * The entry's bytes, in an array that nobody else holds, or `undefined`. Restarts the sliding window.
   *
   * @throws TypeError `ERR_INVALID_KEY` for a key that is not a string of well-formed Unicode.
   * @throws CacheClosedError `ERR_CACHE_CLOSED` after `close()`.
   */
  get(key: string, options?: CallOptions): Promise<Uint8Array | undefined>;

  /**
   * Stores exactly the bytes that `value` has at the moment of the call, in place of the whole previous entry.
   *
   * @throws RangeError `ERR_INVALID_EXPIRATION`, `ERR_INVALID_DURATION`: before anything is written, the previous entry stays.
   * @throws TypeError `ERR_INVALID_KEY`, `ERR_INVALID_VALUE` likewise.
   */
  set(key: string, value: Uint8Array, options?: EntryOptions & CallOptions): Promise<void>;

  /** Restarts the sliding window and reads nothing. Does nothing where there is no entry or no window. */
  refresh(key: string, options?: CallOptions): Promise<void>;

  /** Removes the entry, and ends every lease on its key. Does nothing where there is no entry. */
  remove(key: string, options?: CallOptions): Promise<void>;

  /** For messages and events: `'memory'`, `'prefixed(memory)'`. */
  readonly name?: string | undefined;
  /** Readiness and shutdown, where the cache has any. */
  readonly lifecycle?: Lifecycle | undefined;
  /** Many keys in one round trip. */
  readonly batch?: BatchOperations | undefined;
  /** Listing and removing by prefix. */
  readonly prefixes?: PrefixOperations | undefined;
  /** One loader across processes; a removal beats a load in flight. */
  readonly leases?: LeaseOperations | undefined;
  /** Who else changed which key. */
  readonly invalidations?: InvalidationSource | undefined;
  /** Times by the backend's clock: which of two values of several processes is the later one. */
  readonly timestamps?: TimestampOperations | undefined;
}

/** How a cache starts and ends. */
export interface Lifecycle {
  /** Resolves once the cache can be used, or after its connect timeout; never rejects. */
  ready(): Promise<void>;
  /** Frees what the cache holds and what it opened, never what it was handed. Every later operation rejects with `CacheClosedError`. */
  close(): Promise<void>;
  /** The same as {@link Lifecycle.close}. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The names of the capabilities: the optional properties of {@link DistributedCache} that add operations. */
export type Capability = 'batch' | 'prefixes' | 'leases' | 'invalidations' | 'timestamps';
