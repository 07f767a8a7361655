import type { DistributedCache } from '../core/cache.js';
import type { Clock } from '../core/clock.js';
import type { Duration } from '../core/duration.js';
import type { EventOptions } from '../core/events.js';
import type { Serializer } from '../core/serializer.js';
import type { CallOptions, Signal } from '../core/signal.js';

/** How long a value is kept. */
export interface HybridEntryOptions {
  /**
   * How long a value counts, in both tiers, from the moment at which it is stored; at most `'1000d'`. .NET's `Expiration`.
   *
   * @default '5m', as in .NET
   */
  readonly expiration?: Duration | undefined;
  /**
   * How long a copy is kept in this process at most; never longer than `expiration`. .NET's `LocalCacheExpiration`.
   *
   * @default the expiration
   */
  readonly localExpiration?: Duration | undefined;
  /**
   * Up to how much longer than `expiration` a value counts: each time that one is stored, by chance, so that what was stored
   * together does not end together. FusionCache's `JitterMaxDuration`.
   *
   * @default 0
   */
  readonly jitter?: Duration | undefined;
  /**
   * After which part of its expiration a value is refreshed in the background, by the first `getOrCreate` that hits it: `0.8` is the last
   * fifth of its life. Callers go on getting the value that is there. One process refreshes; where that fails, the next attempt
   * waits a second, and twice as long each time. What the call says by which a value came into this process counts, so it is best
   * said in `defaults` or `defaultsByPrefix`. FusionCache's `EagerRefreshThreshold`.
   *
   * @default 0 (never)
   */
  readonly eagerRefresh?: number | undefined;
  /**
   * Whether a value is kept past its expiration, for a factory that fails or takes too long: its callers get that value then, and no error.
   * `true` is all defaults. It counts for the call that stores a value, which is kept so long, and for the call that asks, which takes such a
   * value or not. FusionCache's fail-safe.
   *
   * @default false
   */
  readonly failSafe?: boolean | HybridFailSafeOptions | undefined;
}

/** How values are served past their end: {@link HybridEntryOptions.failSafe}. */
export interface HybridFailSafeOptions {
  /**
   * How long a value is kept in all, from the moment at which it is stored; never shorter than its expiration, at most `'1000d'`. In the
   * distributed cache it is rounded up to whole seconds. FusionCache's `FailSafeMaxDuration`.
   *
   * @default '1d'
   */
  readonly maxDuration?: Duration | undefined;
  /**
   * After a failure the stale value is served for so long before anybody tries again, in any process; it is rounded up to whole seconds.
   * Where it can't be stored again, this process waits for `maxStaleness` at most. FusionCache's `FailSafeThrottleDuration`.
   *
   * @default '30s'
   */
  readonly throttleDuration?: Duration | undefined;
  /**
   * How long a call waits for a new value where there is a stale one. Then it gets that one, and the load goes on. FusionCache's
   * `FactorySoftTimeout`.
   *
   * @default undefined (as long as it takes)
   */
  readonly softTimeout?: Duration | undefined;
}

/** What {@link HybridLoadOptions.adapt} may say of a value. */
export interface HybridAdaptedOptions extends HybridEntryOptions {
  /** In place of those of the call. */
  readonly tags?: readonly string[] | undefined;
}

/**
 * How values are handed out. `'safe'`: one that is made of plain objects, arrays and primitives is frozen and shared, and of any
 * other each caller gets a copy. `'reference'`: all callers share one object that nobody freezes; who changes it changes it for all.
 */
export type HybridSharing = 'safe' | 'reference';

/** Options of a call that may store a value. */
export interface HybridSetOptions extends HybridEntryOptions, CallOptions {
  /**
   * What `removeByTag` knows the value by: non-empty strings, none of them `'*'`. Those of the call that starts a load hold
   * for it.
   *
   * @default none
   */
  readonly tags?: readonly string[] | undefined;
  /**
   * How the value becomes bytes and comes back.
   *
   * @default the cache's
   */
  readonly serializer?: Serializer | undefined;
  /** How the value is handed out. @default the cache's */
  readonly sharing?: HybridSharing | undefined;
}

/** Options of {@link HybridCache.peek}. */
export interface HybridPeekOptions {
  /** Whether a value past its expiration will do, where `failSafe` kept one. @default false */
  readonly allowStale?: boolean | undefined;
}

/** Options of a call that only reads. */
export interface HybridGetOptions extends HybridPeekOptions, CallOptions {
  /** How bytes of the distributed cache become a value. @default the cache's */
  readonly serializer?: Serializer | undefined;
  /** How a value of the distributed cache is handed out. @default the cache's */
  readonly sharing?: HybridSharing | undefined;
}

/** Options of {@link HybridCache.getOrCreate}. */
export interface HybridLoadOptions<T = unknown> extends HybridSetOptions {
  /**
   * What the value itself says of how long it is kept, and of its tags: called with what the factory gave. What it does not name
   * is that of the call. FusionCache's adaptive caching.
   *
   * @example
   * const options = { adapt: (token) => ({ expiration: token.expires_in * 1_000 }) };
   */
  readonly adapt?: ((value: T) => HybridAdaptedOptions | undefined) | undefined;
  /**
   * How long other processes wait for this one's factory before one of them runs its own: at most 10 minutes.
   *
   * @default the cache's
   */
  readonly leaseDuration?: Duration | undefined;
  /**
   * How long this call waits before it rejects with `LoadTimeoutError`. A factory that runs by then goes on, also without callers, and what
   * it gives is stored. FusionCache's hard timeout, with background completion.
   *
   * @default undefined (as long as it takes)
   */
  readonly timeout?: Duration | undefined;
  /**
   * How long a factory may run. One that takes longer has its signal aborted, its callers get a `LoadTimeoutError`, its lease is released, and
   * what it gives later is dropped: a factory that never ends does not keep its key.
   *
   * @default the cache's
   */
  readonly factoryTimeout?: Duration | undefined;
}

/** Options of {@link HybridCache.getOrCreateMany}. */
export interface HybridManyOptions extends Omit<HybridLoadOptions, 'tags' | 'adapt'> {
  /** Those of all values, or of each by its key. @default none */
  readonly tags?: readonly string[] | ((key: string) => readonly string[]) | undefined;
}

/** What a factory is given. */
export interface HybridFactoryContext {
  readonly key: string;
  /** Aborted when the last caller has gone, or when the cache is closed and its time to end is over. */
  readonly signal: Signal;
  /** The value that the factory gives is handed to the callers, and stored nowhere. */
  doNotStore(): void;
  /**
   * The value that is being refreshed before its end (`eagerRefresh`), or that is past it (`failSafe`), to ask the source whether it
   * still is the one; else `undefined`.
   */
  readonly stale: unknown;
  /** What the source tells the stale value by, where that was stored by `modified`. HTTP's `ETag`. */
  readonly etag: string | undefined;
  /** The same, by a date as the source wrote it. HTTP's `Last-Modified`. */
  readonly lastModified: string | undefined;
  /**
   * Says by what the source tells the value that the factory gives, and gives it back: it is stored with it, for the next refresh.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` for an `etag` or `lastModified` that is no string.
   * @example
   * return context.modified(await response.json(), { etag: response.headers.get('etag') ?? undefined });
   */
  modified<T>(value: T, validators: HybridValidators): T;
  /**
   * What a factory gives whose source says that `stale` is still the value, as HTTP does by 304: it is stored anew, for as long as one that
   * was loaded.
   *
   * @throws TypeError `ERR_INVALID_VALUE` where there is no stale value.
   * @example
   * if (response.status === 304) return context.notModified();
   */
  notModified(): never;
}

/** By what a source tells one version of a value from another. */
export interface HybridValidators {
  /** HTTP's `ETag`. */
  readonly etag?: string | undefined;
  /** HTTP's `Last-Modified`, as the source wrote it. */
  readonly lastModified?: string | undefined;
}

/** Loads a value. `undefined` is handed to the callers and stored nowhere. */
export type HybridFactory<T> = (context: HybridFactoryContext) => T | Promise<T>;

/** Loads the values of several keys; what the map lacks is `undefined` for the callers, and stored nowhere. */
export type HybridManyFactory<T> = (
  keys: readonly string[],
  context: Pick<HybridFactoryContext, 'signal'>,
) => ReadonlyMap<string, T> | Promise<ReadonlyMap<string, T>>;

/** One entry of {@link HybridCache.setMany}. */
export interface HybridEntry {
  readonly key: string;
  readonly value: unknown;
  readonly options?: Omit<HybridSetOptions, 'signal'> | undefined;
}

/** The limits of the tier in this process. */
export interface LocalOptions {
  /** How many entries; what nobody asked for lately goes first, by SIEVE. @default 10000 */
  readonly maxEntries?: number | undefined;
  /**
   * How many bytes their payloads and keys may take, as they are in the distributed cache.
   *
   * @default 104857600 (100 MiB)
   */
  readonly maxBytes?: number | undefined;
}

/** Options of {@link HybridCache}, every one optional. */
export interface HybridCacheOptions extends EventOptions {
  /** The tier that processes share. @default none: values live in this process only */
  readonly distributed?: DistributedCache | undefined;
  /** Whether `close()` closes the distributed cache too. @default false */
  readonly ownsDistributed?: boolean | undefined;
  /** The tier in this process; `false` for none. */
  readonly local?: LocalOptions | false | undefined;
  /** What calls that say nothing else get. */
  readonly defaults?: HybridEntryOptions | undefined;
  /**
   * The same for keys that begin so; of several the longest prefix counts. What one does not name is that of `defaults`.
   *
   * @example
   * const cache = new HybridCache({ defaultsByPrefix: { 'session:': { expiration: '20m', jitter: '1m' } } });
   */
  readonly defaultsByPrefix?: Readonly<Record<string, HybridEntryOptions>> | undefined;
  /**
   * How long a copy in this process may be served at most after it was changed elsewhere, where messages are lost: 100 ms or
   * more. Where they are heard it is gone within a millisecond or so.
   *
   * @default '5s'
   */
  readonly maxStaleness?: Duration | undefined;
  /** See {@link HybridLoadOptions.leaseDuration}. @default '30s' */
  readonly leaseDuration?: Duration | undefined;
  /** See {@link HybridLoadOptions.factoryTimeout}. @default '5m' */
  readonly factoryTimeout?: Duration | undefined;
  /** How long `ready()` waits at most. @default '5s' */
  readonly connectTimeout?: Duration | undefined;
  /** How long a key may be, in UTF-16 code units; a longer one is loaded and not kept. .NET's `MaximumKeyLength`. @default 1024 */
  readonly maxKeyLength?: number | undefined;
  /** How long a payload may be; a longer one is handed out and not kept. .NET's `MaximumPayloadBytes`. @default 1048576 (1 MiB) */
  readonly maxPayloadBytes?: number | undefined;
  /** Whether `null` is stored. @default true */
  readonly cacheNull?: boolean | undefined;
  /** @default JSON in UTF-8 */
  readonly serializer?: Serializer | undefined;
  /** @default 'safe' */
  readonly sharing?: HybridSharing | undefined;
  /** Where time and timers come from; tests pass a `FakeClock`. @default systemClock, with the monotonic clock for what is kept here */
  readonly clock?: Clock | undefined;
}

/** Options of {@link HybridCache.close}. */
export interface HybridCloseOptions {
  /** How long calls and background work may go on before they are ended, in ms or as a duration. @default '5s' */
  readonly timeout?: Duration | undefined;
}

/** What {@link HybridCache.stats} gives: counts since the start. */
export interface HybridStats {
  readonly localHits: number;
  readonly distributedHits: number;
  readonly misses: number;
  /** How often a factory ran, how often it failed, and how long it took in all. */
  readonly factoryRuns: number;
  readonly factoryFailures: number;
  readonly factoryMs: number;
  /** How many calls joined a load that was under way in this process. */
  readonly joined: number;
  /** How many values were refreshed in the background before their end. */
  readonly refreshes: number;
  /** How many calls got a value past its end. */
  readonly staleServed: number;
  /** How often a load waited for another process's. */
  readonly waits: number;
  /** How many local copies were dropped for want of room. */
  readonly evictions: number;
  /** How many local copies there are, those that are only there to fall back on too, and how many bytes they take. */
  readonly localEntries: number;
  readonly localBytes: number;
}
