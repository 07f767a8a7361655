import { checkKey, checkValue } from '../../core/arguments.js';
import type { DistributedCache, Lifecycle } from '../../core/cache.js';
import type {
  BatchOperations,
  InvalidationSource,
  LeaseOperations,
  PrefixOperations,
  TimestampOperations,
} from '../../core/capabilities.js';
import { type Door, doorKey } from '../../core/door.js';
import type { EntryOptions } from '../../core/lifetime.js';
import { type CallOptions, throwIfAborted } from '../../core/signal.js';
import { redisBatch } from './batch.js';
import { redisLeases } from './leases.js';
import { lifeText, storableLifetime } from './lifetime.js';
import { checkSize, type DeadlinedParts, ownBytes } from './parts.js';
import { redisPrefixes } from './prefixes.js';
import { redisTimestamps } from './timestamps.js';

/** The operations of a Redis cache under one deadline. */
export class RedisOperations implements DistributedCache {
  readonly name: string;
  readonly batch: BatchOperations;
  readonly prefixes: PrefixOperations;
  readonly invalidations: InvalidationSource;
  /** @internal */
  readonly [doorKey]: Door;
  readonly #parts: DeadlinedParts;
  readonly #leases: LeaseOperations;
  readonly #timestamps: TimestampOperations;

  /** @param door - That of the whole cache, but for the reading. */
  constructor(
    parts: DeadlinedParts,
    invalidations: InvalidationSource,
    door: Omit<Door, 'read'>,
    readonly lifecycle: Lifecycle,
  ) {
    this.name = parts.name;
    this.#parts = parts;
    this.batch = redisBatch(parts);
    this.prefixes = redisPrefixes(parts);
    this.#leases = redisLeases(parts);
    this.#timestamps = redisTimestamps(parts);
    this.invalidations = invalidations;
    this[doorKey] = { ...door, read: (key, options) => this.#read(key, options, true) };
  }

  /** Undefined once the server has said that it runs no scripts. */
  get leases(): LeaseOperations | undefined {
    return this.#parts.link.scripts ? this.#leases : undefined;
  }

  /** Undefined likewise. */
  get timestamps(): TimestampOperations | undefined {
    return this.#parts.link.scripts ? this.#timestamps : undefined;
  }

  get(key: string, options?: CallOptions): Promise<Uint8Array | undefined> {
    return this.#read(key, options, false);
  }

  #read(key: string, options: CallOptions | undefined, borrow: boolean): Promise<Uint8Array | undefined> {
    try {
      checkKey(key);
      throwIfAborted(options?.signal);
    } catch (error) {
      return Promise.reject(error);
    }
    const { lane, instanceName, deadlines } = this.#parts;
    return lane.read(instanceName + key, deadlines, options?.signal, borrow);
  }

  set(key: string, value: Uint8Array, options?: EntryOptions & CallOptions): Promise<void> {
    const { lane, instanceName, deadlines, clock } = this.#parts;
    try {
      checkKey(key);
      checkValue(value);
      checkSize(value);
      const life = lifeText(storableLifetime(options, clock.now()));
      throwIfAborted(options?.signal);
      lane.checkOpen();
      return lane.write('set', instanceName + key, deadlines, options?.signal, life, ownBytes(value));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  refresh(key: string, options?: CallOptions): Promise<void> {
    return this.#write('touch', key, options);
  }

  remove(key: string, options?: CallOptions): Promise<void> {
    return this.#write('remove', key, options);
  }

  #write(kind: 'touch' | 'remove', key: string, options: CallOptions | undefined): Promise<void> {
    const { lane, instanceName, deadlines } = this.#parts;
    try {
      checkKey(key);
      throwIfAborted(options?.signal);
      return lane.write(kind, instanceName + key, deadlines, options?.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
