import { checkFunction, checkKey, checkKeys } from '../core/arguments.js';
import { parseTimerDelay } from '../core/duration.js';
import { CacheClosedError, ErrorCode, typeError } from '../core/errors.js';
import type { EventListener } from '../core/events.js';
import { checkOptionalFunction, checkOptions } from '../core/options.js';
import { throwIfAborted } from '../core/signal.js';
import type { StandardSchema } from '../core/standard-schema.js';
import { assemble, type Machinery } from './assemble.js';
import { type Calls, endsOf } from './calls.js';
import { Definition, type DefinitionOptions } from './definition.js';
import { FactoryContext } from './factory-context.js';
import type { LocalTier } from './local-tier.js';
import { ManyLoad } from './many.js';
import type {
  HybridCacheOptions,
  HybridCloseOptions,
  HybridEntry,
  HybridFactory,
  HybridGetOptions,
  HybridLoadOptions,
  HybridManyFactory,
  HybridManyOptions,
  HybridPeekOptions,
  HybridSetOptions,
  HybridStats,
} from './options.js';
import { checkTag, checkTags } from './plan.js';
import { Policies } from './policies.js';
import type { Flight } from './protocol/flight.js';
import type { Stats } from './stats.js';
import { checkSettable, type Write } from './writes.js';

/**
 * Typed values in two tiers: in this process, and in any {@link DistributedCache} behind it, which processes share. .NET's
 * HybridCache.
 *
 * However many callers and processes ask at once, one factory runs for a key. What is removed or replaced while its factory
 * runs is not stored, in neither tier. Copies in other processes go as soon as the distributed cache tells of a change, and
 * where messages are lost no later than `maxStaleness` after it. This takes the capabilities `leases`, `invalidations` and `timestamps` of the
 * distributed cache (RedisCache and MemoryCache have them); `docs/hybrid-cache.md` says what holds without one.
 *
 * A value that is made of plain objects, arrays and primitives is frozen, and all callers share it; of any other each
 * gets a copy. What a miss gives has gone through the serializer, so it is what a hit will give.
 *
 * @throws TypeError or RangeError `ERR_INVALID_OPTION`, `ERR_INVALID_DURATION` from the constructor.
 * @example
 * const cache = new HybridCache({ distributed: new RedisCache({ connection: 'redis://localhost' }) });
 * const product = await cache.getOrCreate(`product:${id}`, ({ signal }) => db.products.find(id, { signal }), {
 *   expiration: '30m',
 *   tags: ['products'],
 * });
 * await cache.removeByTag('products');
 */
export class HybridCache {
  /** For messages and events. */
  readonly name: string;
  readonly #machinery: Machinery;
  readonly #local: LocalTier | undefined;
  readonly #calls: Calls;
  readonly #policies: Policies;
  readonly #stats: Stats;
  readonly #emit: EventListener | undefined;
  readonly #ownsDistributed: boolean;
  /** Whether nothing is behind this process. */
  readonly #isAlone: boolean;
  #closing: Promise<void> | undefined;

  constructor(options: HybridCacheOptions = {}) {
    this.#machinery = assemble(options);
    const { parts, calls } = this.#machinery;
    this.name = parts.name;
    this.#local = parts.local;
    this.#calls = calls;
    this.#policies = new Policies(parts.settings);
    this.#stats = parts.stats;
    this.#emit = parts.emit;
    this.#ownsDistributed = options.ownsDistributed ?? false;
    this.#isAlone = options.distributed === undefined;
  }

  /**
   * The value of the key, or what the factory gives, stored for the next call.
   *
   * @throws What the factory throws; the signal's reason; `LoadTimeoutError` `ERR_LOAD_TIMEOUT`; `RecursiveLoadError`
   *   `ERR_RECURSIVE_LOAD` for a factory that waits for itself; a `TypeError` `ERR_NOT_SERIALIZABLE`. A distributed cache that fails
   *   throws nothing here: the value is loaded, and a `backendFailed` event tells it.
   * @example
   * const user = await cache.getOrCreate(`user:${id}`, () => db.users.find(id), { expiration: '10m', tags: ['users'] });
   */
  getOrCreate<T>(key: string, factory: HybridFactory<T>, options?: HybridLoadOptions<T>): Promise<T> {
    if (options === undefined || options.signal?.aborted !== true) {
      // Not by way of `#hit`: one call more is 4 % of a hit (bench/hybrid.mjs).
      const promise = this.#local?.promiseOf(key);
      if (promise !== undefined) {
        this.#wasHit(key);
        return promise as Promise<T>;
      }
    }
    return this.#load(key, factory, options) as Promise<T>;
  }

  /**
   * The values of the keys, in their order. All that miss are read together, and loaded by one call of `loadMissing`; keys that
   * somebody is loading already are shared.
   *
   * @example
   * const users = await cache.getOrCreateMany(ids.map((id) => `user:${id}`), async (keys) => new Map(await db.findMany(keys)));
   */
  async getOrCreateMany<T>(
    keys: readonly string[],
    loadMissing: HybridManyFactory<T>,
    options?: HybridManyOptions,
  ): Promise<(T | undefined)[]> {
    this.#checkOpen();
    checkKeys(keys);
    checkFunction(loadMissing, 'loadMissing');
    const tagsOf = typeof options?.tags === 'function' ? options.tags : undefined;
    const policies = this.#policies.forMany(tagsOf ? { ...options, tags: undefined } : (options as HybridLoadOptions));
    const policyFor = tagsOf ? (key: string) => ({ ...policies(key), tags: checkTags(tagsOf(key)) }) : policies;
    throwIfAborted(options?.signal);
    const local = new Map<string, unknown>();
    const missing: string[] = [];
    const due: string[] = [];
    for (const key of new Set(keys)) {
      const value = this.#local?.valueOf(key, due);
      if (value !== undefined) {
        this.#wasHit(key);
        local.set(key, value);
      } else {
        const stale = policies(key).failSafe && this.#staleHere(key, 'throttled');
        if (stale === undefined) missing.push(key);
        else local.set(key, stale);
      }
    }
    const many = new ManyLoad(missing, policyFor, loadMissing);
    for (const key of due) this.#machinery.refresh(key, many.planOf(key));
    const decided = (key: string) => many.decided(key);
    const loads = this.#calls.loadMany(missing, (key) => many.planOf(key), endsOf(options), decided);
    const values = await Promise.all(loads);
    for (const [i, key] of missing.entries()) local.set(key, values[i]);
    return keys.map((key) => local.get(key) as T | undefined);
  }

  /** The value of the key, or `undefined`. Loads nothing, and waits for no load. */
  async get<T>(key: string, options?: HybridGetOptions): Promise<T | undefined> {
    const [value] = await this.getMany<T>([key], options);
    return value;
  }

  /** The value that is held in this process right now, or `undefined`; no I/O, no waiting. */
  peek<T>(key: string, options?: HybridPeekOptions): T | undefined {
    const value = this.#local?.valueOf(key);
    if (value !== undefined || options?.allowStale !== true) return value as T | undefined;
    return this.#staleHere(key, 'allowed') as T | undefined;
  }

  /** The values of the keys in their order, `undefined` for each miss; what is not held here is read together. */
  async getMany<T>(keys: readonly string[], options?: HybridGetOptions): Promise<(T | undefined)[]> {
    this.#checkOpen();
    checkKeys(keys);
    const reading = options && { serializer: options.serializer, sharing: options.sharing };
    const policyFor = this.#policies.forMany(reading);
    throwIfAborted(options?.signal);
    const takesStale = options?.allowStale === true;
    const values: unknown[] = [];
    const places: number[] = [];
    keys.forEach((key, place) => {
      const value = this.#local?.valueOf(key);
      if (value !== undefined) this.#wasHit(key);
      // With nothing behind this process there is nothing better.
      const held = value === undefined && takesStale && this.#isAlone ? this.peek(key, options) : value;
      if (held === undefined) places.push(place);
      else values[place] = held;
    });
    const missing = places.map((place) => keys[place] as string);
    const ends = { signal: options?.signal, takesStale };
    const found = await Promise.all(this.#calls.readMany(missing, policyFor, ends));
    places.forEach((place, i) => {
      values[place] = found[i];
    });
    return values as (T | undefined)[];
  }

  /**
   * Stores a value in place of whatever was there, in both tiers. Every load of the key that began before is not stored.
   *
   * @throws TypeError `ERR_INVALID_VALUE` for `undefined`; `ERR_NOT_SERIALIZABLE`; what the distributed cache throws.
   */
  async set(key: string, value: unknown, options?: HybridSetOptions): Promise<void> {
    this.#checkOpen();
    const write = this.#write({ key, value, options });
    throwIfAborted(options?.signal);
    await this.#machinery.writes.set(write);
  }

  /** @throws BatchError `ERR_BATCH_FAILED`: `failed` names what was not stored; all others were. */
  async setMany(entries: readonly HybridEntry[]): Promise<void> {
    this.#checkOpen();
    if (!Array.isArray(entries)) throw typeError(ErrorCode.invalidArgument, 'entries', 'an array', typeof entries);
    await this.#machinery.writes.setMany(entries.map((entry) => this.#write(entry)));
  }

  /** Removes a key, or several, from both tiers and from those of other processes. A load that began before is not stored. */
  async remove(keys: string | readonly string[]): Promise<void> {
    this.#checkOpen();
    const list = typeof keys === 'string' ? [keys] : keys;
    checkKeys(list);
    if (list.length > 0) await this.#machinery.writes.remove([...new Set(list)]);
  }

  /**
   * Ends the time of a key's value, or of several, as if its expiration were over: the next `getOrCreate` loads it anew, and what was being
   * loaded is not stored. Where `failSafe` kept the value, it stays for that; without, this is `remove`. FusionCache's `Expire`.
   *
   * @throws What the distributed cache throws; for several keys BatchError `ERR_BATCH_FAILED`: `failed` names what may still count.
   * @example
   * await cache.expire(`product:${id}`); // load it anew, and keep the old one for a source that is down
   */
  async expire(keys: string | readonly string[]): Promise<void> {
    this.#checkOpen();
    const list = typeof keys === 'string' ? [keys] : keys;
    checkKeys(list);
    await this.#machinery.writes.expire([...new Set(list)]);
  }

  /** Makes all entries invalid that were stored with the tag, or one of the tags, before. `'*'` is every entry. */
  async removeByTag(tags: string | readonly string[]): Promise<void> {
    this.#checkOpen();
    const list = typeof tags === 'string' ? [tags] : tags;
    checkKeys(list);
    for (const tag of list) checkTag(tag);
    await this.#machinery.writes.removeByTags([...new Set(list)]);
  }

  /**
   * Removes every entry whose key begins with the prefix, taken literally. Resolves to how many there were.
   *
   * @throws UnsupportedOperationError `ERR_UNSUPPORTED_OPERATION` where the distributed cache has no `prefixes`.
   */
  async removeByPrefix(prefix: string): Promise<number> {
    this.#checkOpen();
    checkKey(prefix, 'prefix');
    return this.#machinery.writes.removeByPrefix(prefix);
  }

  /** Makes every entry invalid, in all processes: `removeByTag('*')`. */
  async clear(): Promise<void> {
    this.#checkOpen();
    await this.#machinery.writes.clear();
  }

  /**
   * Values of one kind, typed end to end: how they are named, loaded and kept is said once.
   *
   * @example
   * const product = cache.define({ key: (id: number) => `product:${id}`, load: (id) => db.products.find(id), expiration: '30m' });
   * const one = await product.get(5);
   */
  define<Value, Argument = void>(
    options: DefinitionOptions<Argument, Value> & { readonly schema?: undefined },
  ): Definition<Argument, Value>;
  define<Value, Input, Argument = void>(
    options: DefinitionOptions<Argument, Value, Input> & { readonly schema: StandardSchema<unknown, Value> },
  ): Definition<Argument, Value, Input>;
  define<Value, Input, Argument>(
    options: DefinitionOptions<Argument, Value, Input>,
  ): Definition<Argument, Value, Input> {
    return new Definition(this, (key) => this.#hit(key), options);
  }

  /** Counts since the start. */
  get stats(): HybridStats {
    return this.#stats.snapshot(this.#local?.size ?? 0, this.#local?.bytes ?? 0);
  }

  /** Resolves once the distributed cache is connected and its changes are heard, or after `connectTimeout`; never rejects. */
  ready(): Promise<void> {
    return this.#machinery.ready();
  }

  /**
   * Takes no more calls, waits for what is under way, and after `timeout` ends it: factories' signals are aborted, and calls reject
   * with `CacheClosedError`. Closes the distributed cache only with `ownsDistributed`.
   */
  close(options: HybridCloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  /** The same as {@link HybridCache.close}, with its default. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(options: HybridCloseOptions): Promise<void> {
    checkOptions(options);
    await this.#machinery.close(parseTimerDelay(options.timeout ?? '5s', 'timeout'), this.#ownsDistributed);
  }

  async #load<T>(key: string, factory: HybridFactory<T>, options: HybridLoadOptions<T> | undefined): Promise<unknown> {
    this.#checkOpen();
    checkKey(key);
    checkFunction(factory, 'factory');
    const policy = this.#policies.of(key, options);
    checkOptionalFunction(options?.adapt, 'adapt');
    const run = (flight: Flight) => factory(new FactoryContext(flight));
    const plan = { policy, run, adapt: options?.adapt };
    throwIfAborted(options?.signal);
    const due = this.#local?.dueOf(key);
    if (due === undefined) {
      const stale = policy.failSafe && this.#staleHere(key, 'throttled');
      return stale !== undefined ? stale : this.#calls.load(key, plan, endsOf(options));
    }
    this.#machinery.refresh(key, plan);
    this.#wasHit(key);
    return due;
  }

  #write({ key, value, options }: HybridEntry): Write {
    checkKey(key);
    checkSettable(value);
    return { key, value, policy: this.#policies.of(key, options) };
  }

  /** The value past its end that is held here, if it may be served for this reason. */
  #staleHere(key: string, reason: 'throttled' | 'allowed'): unknown {
    const held = this.#local?.staleOf(key, reason === 'throttled');
    if (held !== undefined) this.#machinery.staleServed(key, reason);
    return held?.take();
  }

  #hit(key: string): Promise<unknown> | undefined {
    const promise = this.#local?.promiseOf(key);
    if (promise !== undefined) this.#wasHit(key);
    return promise;
  }

  #wasHit(key: string): void {
    this.#stats.localHits++;
    this.#emit?.({ type: 'hit', cache: this.name, key, tier: 'local' });
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new CacheClosedError(this.name);
  }
}
