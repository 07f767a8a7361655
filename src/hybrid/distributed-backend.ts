import { capabilityOf, nameOf } from '../core/assert-capability.js';
import { throwFailures } from '../core/batch-failures.js';
import type { DistributedCache } from '../core/cache.js';
import { startOf } from '../core/capabilities.js';
import { doorOf } from '../core/door.js';
import { CorruptEntryError, ErrorCode, quote } from '../core/errors.js';
import type { EventListener } from '../core/events.js';
import { jsonSerializer } from '../core/serializers/json.js';
import type { Acquired, AcquireOptions, Backend } from './backend.js';
import { creationOffset, decodePayload, encodePayload } from './payload.js';
import { type Policy, refreshTime } from './plan.js';
import { type Found, Held, type Loaded, type Missing, nothing } from './protocol/values.js';
import { TagStore } from './tag-store.js';

/** The token of a load where there are no leases: it is stored by a plain set. */
const noLease = 'none';

/** What a {@link DistributedBackend} is made of. */
export interface DistributedBackendOptions {
  readonly cache: DistributedCache;
  /** The name of the HybridCache, for events. */
  readonly name: string;
  readonly emit: EventListener | undefined;
  /** The monotonic clock, in ms. */
  readonly monotonic: () => number;
}

/** A distributed cache as the tier behind the local one: values are the payloads of .NET's HybridCache. */
export class DistributedBackend implements Backend {
  readonly #options: DistributedBackendOptions;
  readonly #tags: TagStore;
  readonly #read: (key: string) => Promise<Uint8Array | undefined>;

  constructor(options: DistributedBackendOptions) {
    this.#options = options;
    const door = doorOf(options.cache);
    this.#tags = new TagStore(options.cache, door.clock);
    this.#read = (key) => door.read(key);
  }

  now(): bigint {
    return this.#tags.now();
  }

  async read(key: string, policy: Policy): Promise<Found | Missing> {
    // Only our own serializer is known not to keep what it reads.
    const borrow = policy.serializer === jsonSerializer;
    const bytes = await (borrow ? this.#read(key) : this.#options.cache.get(key));
    return this.#found(key, bytes, policy);
  }

  async readMany(keys: readonly string[], policies: readonly Policy[]): Promise<readonly (Found | Missing)[]> {
    const { batch } = this.#options.cache;
    if (batch === undefined) return Promise.all(keys.map((key, i) => this.read(key, policies[i] as Policy)));
    const values = await batch.getMany(keys);
    return keys.map((key, i) => this.#found(key, values[i], policies[i] as Policy));
  }

  async acquire(key: string, { policy, replace, mine }: AcquireOptions): Promise<Acquired> {
    const { leases } = this.#options.cache;
    if (leases === undefined) {
      return { reply: { kind: 'lease', token: noLease, grantedAt: this.now(), hasValue: false }, found: undefined };
    }
    const reply = await leases.getOrLease(key, { duration: policy.leaseDuration, replace, mine });
    return { reply, found: reply.kind === 'hit' ? this.#found(key, reply.value, policy) : undefined };
  }

  async commit(key: string, token: string, value: Loaded, policy: Policy, elapsedMs: number): Promise<boolean> {
    const { cache } = this.#options;
    const bytes = encodePayload({
      key,
      created: value.created,
      // It counts from the creation, and the entry's life from now: a slow factory must not shorten it (protocol rule 4).
      durationMs: policy.expiration + Math.ceil(elapsedMs),
      tags: value.tags,
      payload: value.payload,
    });
    const options = { relativeExpiration: policy.expiration };
    if (token !== noLease) return (await cache.leases?.commit(key, token, bytes, options)) === true;
    await cache.set(key, bytes, options);
    return true;
  }

  async release(key: string, token: string): Promise<void> {
    if (token !== noLease) await this.#options.cache.leases?.release(key, token);
  }

  async set(key: string, payload: Uint8Array, policy: Policy): Promise<bigint | undefined> {
    const { cache } = this.#options;
    const { expiration, tags } = policy;
    const { timestamps } = cache;
    const created = this.now();
    const bytes = encodePayload({ key, created, durationMs: expiration, tags, payload });
    const options = { relativeExpiration: expiration };
    if (timestamps === undefined) {
      await cache.set(key, bytes, options);
      return created;
    }
    // A fail-open cache that could not store it gives 0.
    return (await timestamps.setStamped(key, bytes, creationOffset, options)) || undefined;
  }

  async remove(keys: readonly string[]): Promise<void> {
    const { cache } = this.#options;
    if (keys.length === 1) return cache.remove(keys[0] as string);
    if (cache.batch !== undefined) return cache.batch.removeMany(keys);
    const results = await Promise.allSettled(keys.map((key) => cache.remove(key)));
    throwFailures(results, keys);
  }

  async removeByPrefix(prefix: string): Promise<number> {
    return capabilityOf(this.#options.cache, 'prefixes').removeByPrefix(prefix);
  }

  raise(tag: string): Promise<void> {
    return this.#tags.raise(tag);
  }

  tagTimes(tags: readonly string[]): Promise<readonly (bigint | undefined)[]> {
    return this.#tags.times(tags);
  }

  #found(key: string, bytes: Uint8Array | undefined, policy: Policy): Found | Missing {
    if (bytes === undefined) return nothing;
    const envelope = decodePayload(bytes, key);
    if (typeof envelope === 'string') return this.#corrupt(key, bytes, envelope);
    const { created, duration, tags, payload } = envelope;
    const left = Number(created + duration - this.now()) / 10_000;
    if (left <= 0) return { start: startOf(bytes) };
    let held: Held;
    try {
      held = new Held(payload, policy.serializer, policy.sharing);
    } catch (error) {
      return this.#corrupt(key, bytes, 'a payload that the serializer can not read', error);
    }
    const now = this.#options.monotonic();
    const expiresAt = now + Math.min(left, policy.localExpiration);
    const refreshAt = refreshTime(now, left, Number(duration) / 10_000, policy);
    return { held, created, tags, bytes: bytes.byteLength, expiresAt, refreshAt, start: startOf(bytes) };
  }

  #corrupt(key: string, bytes: Uint8Array, what: string, cause?: unknown): Missing {
    const { emit, name } = this.#options;
    if (emit !== undefined) {
      const message = `What is stored under ${quote(key)} can't be read by '${name}' of ${nameOf(this.#options.cache)}: ${what}.`;
      const error = new CorruptEntryError(ErrorCode.corruptEntry, message, cause === undefined ? undefined : { cause });
      emit({ type: 'corrupt', cache: name, key, error });
    }
    return { start: startOf(bytes) };
  }
}
