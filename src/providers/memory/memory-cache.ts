import { checkKey, checkValue } from '../../core/arguments.js';
import type { DistributedCache, Lifecycle } from '../../core/cache.js';
import type {
  BatchOperations,
  InvalidationSource,
  LeaseOperations,
  PrefixOperations,
  TimestampOperations,
} from '../../core/capabilities.js';
import { type Clock, systemClock } from '../../core/clock.js';
import { type Door, doorKey } from '../../core/door.js';
import { type EventOptions, safely } from '../../core/events.js';
import { type EntryOptions, resolveLifetime } from '../../core/lifetime.js';
import { checkBoolean, checkClock, checkOptions, checkPositiveInteger } from '../../core/options.js';
import { type CallOptions, throwIfAborted } from '../../core/signal.js';
import { type MemoryContext, memoryBatch, memoryLeases, memoryPrefixes } from './capabilities.js';
import { Store } from './store.js';
import { memoryTimestamps } from './timestamps.js';

/** Options of {@link MemoryCache}, every one optional. */
export interface MemoryCacheOptions extends EventOptions {
  /**
   * How many bytes the entries may take: their values, keys (two bytes a character) and 430 bytes of overhead each.
   * The least recently used go first.
   *
   * @default 209715200 (200 MiB, as in .NET)
   */
  readonly maxBytes?: number | undefined;
  /**
   * How many entries there may be. Their slots are allocated at once.
   *
   * @default undefined (only `maxBytes` limits)
   */
  readonly maxEntries?: number | undefined;
  /**
   * Whether values are copied on their way in and out. With `false` the cache keeps the caller's array and hands the
   * same one to every reader: faster, and nobody may ever change it.
   *
   * @default true
   */
  readonly copy?: boolean | undefined;
  /**
   * Where time and timers come from; tests pass a `FakeClock`.
   *
   * @default systemClock
   */
  readonly clock?: Clock | undefined;
}

/**
 * A {@link DistributedCache} in this process's memory, on lru-cache: for one process, for tests, and for development.
 * It has every capability.
 *
 * Expiration is exact: every read of an entry that can expire asks the clock, so the lag is 0 ms, also in a loop that
 * never yields to the event loop. What expired is given back within about a second, in slices of 1,000 entries. Its
 * one timer keeps no process alive.
 *
 * @throws TypeError or RangeError `ERR_INVALID_OPTION` from the constructor.
 * @example
 * await using cache = new MemoryCache({ maxBytes: 64 * 1024 * 1024 });
 * await setJson(cache, 'user:1', { name: 'Ada' }, { slidingExpiration: '10m' });
 */
export class MemoryCache implements DistributedCache, Lifecycle {
  readonly name = 'memory';
  readonly lifecycle: Lifecycle = this;
  readonly batch: BatchOperations;
  readonly prefixes: PrefixOperations;
  readonly leases: LeaseOperations;
  readonly invalidations: InvalidationSource;
  readonly timestamps: TimestampOperations;
  /** @internal */
  readonly [doorKey]: Door;
  readonly #context: MemoryContext;

  constructor(options: MemoryCacheOptions = {}) {
    checkOptions(options);
    const { maxBytes = 200 * 1024 * 1024, maxEntries, copy = true, clock = systemClock, onEvent } = options;
    const emit = safely(onEvent);
    const store = new Store({
      name: this.name,
      clock: checkClock(clock),
      maxBytes: checkPositiveInteger(maxBytes, 'maxBytes'),
      maxEntries: maxEntries === undefined ? undefined : checkPositiveInteger(maxEntries, 'maxEntries'),
      emit,
    });
    // A plain Uint8Array of its own: slice() of a Buffer would be a view, and a SharedArrayBuffer can change later.
    const copied = checkBoolean(copy, 'copy')
      ? (value: Uint8Array) => new Uint8Array(value)
      : (value: Uint8Array) => value;
    this.#context = { store, clock, copied };
    this.batch = memoryBatch(this.#context);
    this.prefixes = memoryPrefixes(this.#context);
    this.leases = memoryLeases(this.#context);
    this.invalidations = store.announcer;
    this.timestamps = memoryTimestamps(this.#context);
    this[doorKey] = {
      root: this,
      clock,
      fullKey: (key) => key,
      read: async (key, callOptions) => this.#read(key, callOptions),
      emit,
    };
  }

  /** How many entries there are, among them some that expired within the last second or so. */
  get size(): number {
    return this.#context.store.size;
  }

  /** How many bytes they take, as `maxBytes` counts them. */
  get bytes(): number {
    return this.#context.store.bytes;
  }

  async get(key: string, options?: CallOptions): Promise<Uint8Array | undefined> {
    const value = this.#read(key, options);
    return value && this.#context.copied(value);
  }

  async set(key: string, value: Uint8Array, options?: EntryOptions & CallOptions): Promise<void> {
    checkKey(key);
    checkValue(value);
    const { store, clock, copied } = this.#context;
    const now = clock.now();
    const lifetime = resolveLifetime(options, now);
    throwIfAborted(options?.signal);
    store.write(key, copied(value), lifetime, now);
  }

  async refresh(key: string, options?: CallOptions): Promise<void> {
    checkKey(key);
    throwIfAborted(options?.signal);
    this.#context.store.touch(key);
  }

  async remove(key: string, options?: CallOptions): Promise<void> {
    checkKey(key);
    throwIfAborted(options?.signal);
    this.#context.store.remove(key);
  }

  /** Removes everything, and ends every lease. */
  async clear(): Promise<void> {
    this.#context.store.clear();
  }

  /** Resolves at once: there is nothing to wait for. */
  async ready(): Promise<void> {}

  /** Drops everything. Every later operation rejects with `CacheClosedError`; closing again does nothing. */
  async close(): Promise<void> {
    this.#context.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #read(key: string, options: CallOptions | undefined): Uint8Array | undefined {
    checkKey(key);
    throwIfAborted(options?.signal);
    return this.#context.store.read(key);
  }
}
