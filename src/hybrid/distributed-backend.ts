import { capabilityOf, nameOf } from '../core/assert-capability.js';
import { throwFailures } from '../core/batch-failures.js';
import type { DistributedCache } from '../core/cache.js';
import { startOf } from '../core/capabilities.js';
import { doorOf } from '../core/door.js';
import { CorruptEntryError, ErrorCode, quote } from '../core/errors.js';
import type { EventListener } from '../core/events.js';
import { jsonSerializer } from '../core/serializers/json.js';
import { ticksPerMs } from '../core/ticks.js';
import type { Acquired, AcquireOptions, Backend } from './backend.js';
import { creationOffset, decodePayload, encodePayload, type Validators } from './payload.js';
import { keptFor, type Policy, refreshTime } from './plan.js';
import { type Found, Held, type Loaded, type Missing, nothing } from './protocol/values.js';
import { TagStore } from './tag-store.js';

/** The token of a load where there are no leases: it is stored by a plain set. */
const noLease = 'none';

/** How often a value that others keep changing is tried to be expired before it is removed. */
const mostAttempts = 10;

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
      const reply = { kind: 'lease', token: noLease, grantedAt: this.now(), hasValue: replace !== undefined } as const;
      return { reply, found: undefined };
    }
    const reply = await leases.getOrLease(key, { duration: policy.leaseDuration, replace, mine });
    return { reply, found: reply.kind === 'hit' ? this.#found(key, reply.value, policy) : undefined };
  }

  async commit(key: string, token: string, value: Loaded, policy: Policy, elapsedMs: number): Promise<boolean> {
    const { cache } = this.#options;
    // Its times count from the creation, and the entry's life from now: a slow factory must not shorten it (protocol rule 4).
    const elapsed = Math.ceil(elapsedMs);
    const bytes = this.#encoded(key, value.created, policy, value.payload, { elapsed, validators: value.validators });
    const options = { relativeExpiration: keptFor(policy) };
    if (token !== noLease) return (await cache.leases?.commit(key, token, bytes, options)) === true;
    await cache.set(key, bytes, options);
    return true;
  }

  async commitAgain(key: string, token: string, value: Found, throttleMs: number): Promise<boolean> {
    const { life, held } = value;
    if (token === noLease || life === undefined) return false;
    const ageMs = this.#ageOf(value.created);
    const bytes = encodePayload({
      ...value,
      key,
      durationMs: Number(life.duration / ticksPerMs),
      staleMs: life.staleMs,
      retryMs: Math.max(0, ageMs) + throttleMs,
      payload: held.bytes(),
    });
    const options = { relativeExpiration: Math.max(1, Math.ceil(life.staleMs - ageMs)) };
    return (await this.#options.cache.leases?.commit(key, token, bytes, options)) === true;
  }

  async release(key: string, token: string): Promise<void> {
    if (token !== noLease) await this.#options.cache.leases?.release(key, token);
  }

  async set(key: string, payload: Uint8Array, policy: Policy): Promise<bigint | undefined> {
    const { cache } = this.#options;
    const { timestamps } = cache;
    const created = this.now();
    const bytes = this.#encoded(key, created, policy, payload);
    const options = { relativeExpiration: keptFor(policy) };
    if (timestamps === undefined) {
      await cache.set(key, bytes, options);
      return created;
    }
    // A fail-open cache that could not store it gives 0.
    return (await timestamps.setStamped(key, bytes, creationOffset, options)) || undefined;
  }

  /**
   * By comparison of what is stored, so that nothing that is stored meanwhile is lost, and no lease is needed, which another may have. Where
   * nothing may be served past its end it is removed.
   */
  async expire(key: string): Promise<boolean> {
    const { cache } = this.#options;
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const bytes = await cache.get(key);
      const envelope = bytes && decodePayload(bytes, key);
      if (bytes === undefined || typeof envelope !== 'object') break;
      const left = Math.ceil(envelope.staleMs - this.#ageOf(envelope.created));
      if (left <= 0) break;
      const ended = encodePayload({ ...envelope, key, durationMs: 0, retryMs: 0 });
      if (await cache.leases?.replace(key, startOf(bytes), ended, { relativeExpiration: left })) return true;
    }
    await cache.remove(key);
    return false;
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

  #encoded(
    key: string,
    created: bigint,
    policy: Policy,
    payload: Uint8Array,
    { elapsed = 0, validators }: { readonly elapsed?: number; readonly validators?: Validators | undefined } = {},
  ): Uint8Array {
    const { expiration, failSafe, tags } = policy;
    const staleMs = failSafe === undefined ? 0 : keptFor(policy) + elapsed;
    return encodePayload({ key, created, durationMs: expiration + elapsed, staleMs, tags, validators, payload });
  }

  /** In ms, by what is known of the server's time. */
  #ageOf(created: bigint): number {
    return Number(this.now() - created) / 10_000;
  }

  #found(key: string, bytes: Uint8Array | undefined, policy: Policy): Found | Missing {
    if (bytes === undefined) return nothing;
    const envelope = decodePayload(bytes, key);
    if (typeof envelope === 'string') return this.#corrupt(key, bytes, envelope);
    const { created, duration, staleMs, retryMs, tags, validators, payload } = envelope;
    const ageMs = this.#ageOf(created);
    const life = Number(duration) / 10_000;
    const left = life - ageMs;
    // What was expired has no duration: no clock that lags can take it for one that counts.
    const isStale = left <= 0 || duration === 0n;
    const now = this.#options.monotonic();
    const staleUntil = staleMs === 0 ? -Infinity : now + staleMs - ageMs;
    if (isStale && staleUntil <= now) return { start: startOf(bytes) };
    let held: Held;
    try {
      held = Held.of(payload, policy.serializer, policy.sharing);
    } catch (error) {
      return this.#corrupt(key, bytes, 'a payload that the serializer can not read', error);
    }
    return {
      held,
      created,
      tags,
      bytes: bytes.byteLength,
      expiresAt: isStale ? -Infinity : now + Math.min(left, policy.localExpiration),
      refreshAt: refreshTime(now, left, life, policy),
      isStale,
      staleUntil,
      retryAt: isStale ? now + retryMs - ageMs : -Infinity,
      validators,
      life: { duration, staleMs },
      start: startOf(bytes),
    };
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
