import { checkKey, checkKeys, checkValue } from '../../core/arguments.js';
import { checkEntries } from '../../core/batch-entries.js';
import type { DistributedCache, Lifecycle } from '../../core/cache.js';
import type { BatchOperations, PrefixOperations } from '../../core/capabilities.js';
import { type Clock, systemClock } from '../../core/clock.js';
import { type Door, doorKey } from '../../core/door.js';
import { CacheClosedError } from '../../core/errors.js';
import { type EventListener, type EventOptions, safely } from '../../core/events.js';
import { type EntryOptions, resolveLifetime } from '../../core/lifetime.js';
import { checkClock, checkOptions } from '../../core/options.js';
import { type CallOptions, throwIfAborted } from '../../core/signal.js';

/** Options of {@link NoopCache}. */
export interface NoopCacheOptions extends EventOptions {
  /**
   * What absolute expirations are validated by.
   *
   * @default systemClock
   */
  readonly clock?: Clock | undefined;
}

/**
 * A cache that holds nothing: switches caching off in one line. It validates what it is given as the others do, so
 * code that works with it works with them; every read is a miss, and helpers still run their factories.
 *
 * @example
 * const cache = process.env.CACHE === 'off' ? new NoopCache() : new MemoryCache();
 */
export class NoopCache implements DistributedCache, Lifecycle {
  readonly name = 'noop';
  readonly lifecycle: Lifecycle = this;
  readonly batch: BatchOperations;
  readonly prefixes: PrefixOperations;
  /** @internal */
  readonly [doorKey]: Door;
  readonly #clock: Clock;
  readonly #emit: EventListener | undefined;
  #closed = false;

  constructor(options: NoopCacheOptions = {}) {
    checkOptions(options);
    this.#clock = checkClock(options.clock ?? systemClock);
    this.#emit = safely(options.onEvent);
    this[doorKey] = {
      root: this,
      clock: this.#clock,
      fullKey: (key) => key,
      read: (key, callOptions) => this.get(key, callOptions),
      emit: this.#emit,
    };
    this.batch = {
      getMany: async (keys, callOptions) => {
        checkKeys(keys);
        this.#check(callOptions);
        return keys.map((key) => this.#miss(key));
      },
      setMany: async (entries, callOptions) => {
        checkEntries(entries, this.#clock.now());
        this.#check(callOptions);
      },
      removeMany: async (keys, callOptions) => {
        checkKeys(keys);
        this.#check(callOptions);
      },
    };
    const check = (callOptions: CallOptions | undefined) => this.#check(callOptions);
    this.prefixes = {
      async removeByPrefix(prefix, callOptions) {
        checkKey(prefix, 'prefix');
        check(callOptions);
        return 0;
      },
      async *keys(prefix, callOptions) {
        checkKey(prefix, 'prefix');
        check(callOptions);
        yield* [];
      },
    };
  }

  async get(key: string, options?: CallOptions): Promise<undefined> {
    checkKey(key);
    this.#check(options);
    return this.#miss(key);
  }

  async set(key: string, value: Uint8Array, options?: EntryOptions & CallOptions): Promise<void> {
    checkKey(key);
    checkValue(value);
    resolveLifetime(options, this.#clock.now());
    this.#check(options);
  }

  async refresh(key: string, options?: CallOptions): Promise<void> {
    checkKey(key);
    this.#check(options);
  }

  async remove(key: string, options?: CallOptions): Promise<void> {
    checkKey(key);
    this.#check(options);
  }

  /** Resolves at once. */
  async ready(): Promise<void> {}

  /** Every later operation rejects with `CacheClosedError`, as with any other cache. */
  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #check(options: CallOptions | undefined): void {
    throwIfAborted(options?.signal);
    if (this.#closed) throw new CacheClosedError(this.name);
  }

  #miss(key: string): undefined {
    this.#emit?.({ type: 'miss', cache: this.name, key, reason: 'absent' });
  }
}
