import { type Duration, parseDuration } from './duration.js';
import { ErrorCode, rangeError, show } from './errors.js';
import type { EntryOptions } from './lifetime.js';
import type { CallOptions } from './signal.js';

/** One entry of {@link BatchOperations.setMany}. */
export interface BatchEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly options?: EntryOptions | undefined;
}

/** Many keys in one round trip (per node, where a backend has several). */
export interface BatchOperations {
  /** The values in the order of the keys, `undefined` for each miss. A key may be asked for twice. Restarts sliding windows. */
  getMany(keys: readonly string[], options?: CallOptions): Promise<(Uint8Array | undefined)[]>;
  /**
   * Stores all entries; of two for one key the later wins. All are validated before the first is written.
   *
   * @throws BatchError `ERR_BATCH_FAILED`: `failed` names what was not stored; all others were.
   */
  setMany(entries: readonly BatchEntry[], options?: CallOptions): Promise<void>;
  /** Removes all of the keys, as {@link DistributedCache.remove} does. @throws BatchError as `setMany` */
  removeMany(keys: readonly string[], options?: CallOptions): Promise<void>;
}

/** Operations on all keys that begin with a prefix. Prefixes are plain text: `*` and `[` have no meaning. */
export interface PrefixOperations {
  /** Removes every entry whose key begins with the prefix, and ends the leases on such keys. Resolves to how many entries it removed. */
  removeByPrefix(prefix: string, options?: CallOptions): Promise<number>;
  /** The keys that begin with the prefix, in no order. What changes meanwhile may be listed or not. */
  keys(prefix: string, options?: CallOptions): AsyncIterable<string>;
}

/** What {@link LeaseOperations.getOrLease} needs to know. */
export interface LeaseOptions {
  /** How long the others wait for this loader, if it does not release: at most 10 minutes. */
  readonly duration: Duration;
  /** The value that the caller judged stale or corrupt, or its first 12 bytes: a lease may be granted over it. */
  readonly replace?: Uint8Array | undefined;
  /**
   * The token to grant the lease under, unique to this request and without spaces. Who names it can release a lease
   * whose answer was lost; the same request made again is granted again.
   *
   * @default the backend makes one
   */
  readonly token?: string | undefined;
  /** The token of the caller's own load under way: `'own'` says that nothing happened to the key since its grant. */
  readonly mine?: string | undefined;
}

/** The answer to {@link LeaseOperations.getOrLease}. */
export type LeaseReply =
  | { readonly kind: 'hit'; readonly value: Uint8Array }
  | {
      readonly kind: 'lease';
      readonly token: string;
      /** When it was granted, by the backend's clock: UTC ticks (100 ns since 0001-01-01T00:00:00Z). */
      readonly grantedAt: bigint;
      /**
       * Whether it was granted over the value that `replace` names, which is still stored: until something ends the lease, that value is
       * the last one. `false` where nothing is stored, or what can't be read.
       */
      readonly hasValue: boolean;
    }
  | {
      /** `'busy'`: another loader has the lease. `'own'`: the lease is the one named by `mine`, and it stands. */
      readonly kind: 'busy' | 'own';
      /** Milliseconds until the lease's deadline; 0 for an `'own'` lease that is past it. */
      readonly remaining: number;
    }
  | {
      /** There is no value, and no lease can be had now: the caller may load, and must not store. */
      readonly kind: 'none';
    };

/**
 * At most one loader for a key across processes, and no stale write-back: a lease is granted on a miss, every set and
 * remove ends it, and a loaded value is stored only while it stands. The idea is that of Nishtala et al., "Scaling
 * Memcache at Facebook", NSDI 2013, section 3.2.1; the rules are in `docs/architecture.md`.
 */
export interface LeaseOperations {
  /**
   * Reads, judges and grants in one atomic step; a refusal changes nothing and sends no invalidation. It takes no
   * signal: a grant whose answer nobody awaited would delay the others until its deadline.
   *
   * @throws RangeError `ERR_INVALID_DURATION` for a duration past 10 minutes.
   */
  getOrLease(key: string, options: LeaseOptions): Promise<LeaseReply>;
  /**
   * Stores the value if the lease of this token stands, and ends it. `false`: the key was removed or replaced since
   * the grant, the lease is over, or the backend refused the value; nothing was stored.
   */
  commit(key: string, token: string, value: Uint8Array, options?: EntryOptions): Promise<boolean>;
  /** Ends the lease without a value: the next caller may load. Does nothing if it does not stand. */
  release(key: string, token: string): Promise<void>;
  /**
   * Stores the value in place of the one that is named, in one step, and ends a lease on the key as every set does. `false`:
   * something else is stored, or nothing; then nothing was changed.
   *
   * @param replaced - What the stored value must begin with: all of it, or as much as tells it from others.
   */
  replace(key: string, replaced: Uint8Array, value: Uint8Array, options?: EntryOptions): Promise<boolean>;
}

/** What an {@link InvalidationSource} calls. Calls may come at any time, also before the change's own promise settles. */
export interface InvalidationSink {
  /** Entries that existed were changed or went, by whomever. There may be more messages than changes. */
  keys(keys: readonly string[]): void;
  /** Everything may have changed. */
  all(): void;
  /** From now on every change is told. */
  up(): void;
  /** From now on changes may go untold. */
  down(): void;
}

/** Tells of every change of an existing entry: sets, removals, expirations and evictions, also foreign ones. */
export interface InvalidationSource {
  /** Starts to listen. Dispose of what it resolves to, to end it. */
  listen(sink: InvalidationSink): Promise<AsyncDisposable>;
  /**
   * Proves that changes are still told: makes a change of its own in the way in which commands make theirs, and resolves
   * once it was heard, on every connection that is listened to. Rejects, or stays pending for some seconds, where it was
   * not. Where it is missing, the source needs no proof.
   */
  readonly prove?: (() => Promise<void>) | undefined;
}

/**
 * Times by the backend's own clock, so that what several processes wrote can be compared: UTC ticks (100 ns since
 * 0001-01-01T00:00:00Z), as .NET's `DateTime.Ticks`. Stored as 8 bytes, little-endian, signed.
 */
export interface TimestampOperations {
  /**
   * What the backend's time is at least: the last one that it told, and what has gone by since. `undefined` before it told
   * any. No I/O.
   */
  now(): bigint | undefined;
  /**
   * `set`, of a value whose 8 bytes from `at` on the backend overwrites with its time, in the same step. Resolves to that
   * time. Without `at` the value is stored as it is, and the time is that of its storing.
   *
   * @throws RangeError `ERR_INVALID_ARGUMENT` where the 8 bytes are not inside the value.
   */
  setStamped(
    key: string,
    value: Uint8Array,
    at: number | undefined,
    options?: EntryOptions & CallOptions,
  ): Promise<bigint>;
  /**
   * Stores the backend's time as the 8 bytes of the key's value (also behind a decorator that encodes values), unless a later
   * time is stored there, in one step; what else is stored there is replaced. Ends a lease on the key, as a set does. Resolves
   * to the time that is stored then.
   */
  raise(key: string, options?: EntryOptions & CallOptions): Promise<bigint>;
  /**
   * The times of these keys in one command, aligned; `undefined` where there is none, or a value that is no time.
   * Duplicates are allowed.
   */
  read(keys: readonly string[], options?: CallOptions): Promise<(bigint | undefined)[]>;
}

const maxLeaseDuration = 600_000;

/**
 * Milliseconds of a lease's duration.
 *
 * @throws RangeError `ERR_INVALID_DURATION` for what is no duration, or longer than 10 minutes.
 */
export function checkLeaseDuration(duration: Duration, option = 'duration'): number {
  const ms = parseDuration(duration, option);
  if (ms > maxLeaseDuration) throw rangeError(ErrorCode.invalidDuration, option, 'at most 10 minutes', show(duration));
  return ms;
}

// The first 12 bytes: in a payload of HybridCache they are its creation and entropy, so no two payloads share them.
const replaceLength = 12;

/** Whether a value begins with these bytes. */
export const beginsWith = (value: Uint8Array, start: Uint8Array): boolean =>
  value.length >= start.length && start.every((byte, i) => value[i] === byte);

/** The part of a value that {@link LeaseOptions.replace} is compared by, in an array of its own. */
export const startOf = (value: Uint8Array): Uint8Array => new Uint8Array(value.subarray(0, replaceLength));

/** Whether a stored value is the one that {@link LeaseOptions.replace} names. */
export function sameStart(stored: Uint8Array, replace: Uint8Array): boolean {
  const length = Math.min(stored.length, replaceLength);
  if (length !== Math.min(replace.length, replaceLength)) return false;
  for (let i = 0; i < length; i++) if (stored[i] !== replace[i]) return false;
  return true;
}
