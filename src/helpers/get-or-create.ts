import { checkFunction, checkKey } from '../core/arguments.js';
import { nameOf } from '../core/assert-capability.js';
import type { DistributedCache } from '../core/cache.js';
import { checkLeaseDuration } from '../core/capabilities.js';
import { type Door, doorOf } from '../core/door.js';
import { type Duration, parseTimerDelay } from '../core/duration.js';
import { LoadTimeoutError } from '../core/errors.js';
import { bothListeners, type EventOptions, safely } from '../core/events.js';
import { checkOptions } from '../core/options.js';
import { onAbort, type Signal, throwIfAborted } from '../core/signal.js';
import { Flight } from './loading/flight.js';
import { leasedLoad } from './loading/leased-load.js';
import { type Factory, Loader, type StoreOptions } from './loading/loader.js';
import { flightsOf, sharedState } from './loading/shared-state.js';
import { Missing, tellRead, type ValueOptions, ValueReader } from './value-reader.js';

/** Options of {@link getOrCreate}; those of the call that starts a load hold for that load. */
export interface GetOrCreateOptions<T> extends ValueOptions<T>, StoreOptions<T>, EventOptions {
  /**
   * How long this call waits before it rejects with `LoadTimeoutError`: at most 2^31 - 1 ms. The load goes on for other
   * callers.
   *
   * @default undefined (as long as it takes)
   */
  readonly timeout?: Duration | undefined;
  /**
   * How long other processes wait for this one's factory before one of them runs its own: at most 10 minutes. A
   * factory that takes longer may be run again elsewhere, and its value may then not be stored: give more than it takes.
   * Only where the backend has leases.
   *
   * @default '30s'
   */
  readonly leaseDuration?: Duration | undefined;
}

/**
 * The cached value, or what the factory gives, stored for the next call.
 *
 * However many callers ask at once, and through whichever wrapper, one factory runs per key and backend; they share its
 * value (one object: treat it as read-only) or its error. A value that is removed or replaced while its factory runs
 * goes to those who waited for it and is not stored, and a call that begins after the removal does not get it. For this
 * the backend needs `leases`; without them callers share within this process, and the last write wins.
 *
 * What a miss gives has gone through the serializer, so it is what a hit will give. The expiration is checked on a miss,
 * before the factory runs.
 *
 * @param factory - Loads the value; it gets the key and a signal that is aborted when the last caller has gone.
 * @throws What the factory throws; the signal's reason; `LoadTimeoutError` `ERR_LOAD_TIMEOUT`; `RecursiveLoadError`
 *   `ERR_RECURSIVE_LOAD` for a factory that waits for itself; a `TypeError` `ERR_NOT_SERIALIZABLE`; `CorruptEntryError`
 *   `ERR_SCHEMA_MISMATCH` for a loaded value that does not fit the schema; what the backend's read fails with. A failure
 *   to store a loaded value is told by a `backendFailed` event: the caller gets its value.
 * @example
 * const product = await getOrCreate(cache, `product:${id}`, ({ signal }) => db.products.find(id, { signal }), {
 *   relativeExpiration: '5m',
 * });
 */
export function getOrCreate<T>(
  cache: DistributedCache,
  key: string,
  factory: Factory<T>,
  options: GetOrCreateOptions<T> = {},
): Promise<T> {
  try {
    const state = sharedState();
    const begun = ++state.begun;
    const from = state.context.current();
    checkKey(key);
    checkFunction(factory, 'factory');
    checkOptions(options);
    const { timeout, signal } = options;
    const call: Call<T> = { begun, from, cache, key, factory, options, door: doorOf(cache) };
    return timeout === undefined ? run(call, signal) : withTimeout(call, parseTimerDelay(timeout, 'timeout'), signal);
  } catch (error) {
    return Promise.reject(error);
  }
}

interface Call<T> {
  /** Its place among all calls. */
  readonly begun: number;
  /** The load whose factory makes the call. */
  readonly from: Flight<unknown> | undefined;
  readonly cache: DistributedCache;
  readonly key: string;
  readonly factory: Factory<T>;
  readonly options: GetOrCreateOptions<T>;
  readonly door: Door;
}

async function run<T>(call: Call<T>, signal: Signal | undefined): Promise<T> {
  const { cache, key, options, door } = call;
  const own = safely(options.onEvent);
  const emit = bothListeners(door.emit, own);
  const reader = new ValueReader<T>(cache, key, door, options, emit);
  const stored = reader.judge(await reader.bytes(signal));
  const found = stored instanceof Promise ? await stored : stored;
  if (own) tellRead(own, cache, key, !(found instanceof Missing));
  return found instanceof Missing ? loadShared(call, reader, found, signal) : found;
}

/** The value of a load that the call may share, or of one that it starts. */
function loadShared<T>(call: Call<T>, reader: ValueReader<T>, found: Missing, signal: Signal | undefined): Promise<T> {
  const { cache, key, options, door } = call;
  const { emit } = reader;
  const loader = new Loader<T>(reader, call.factory, options, emit);
  loader.checkOptions();
  const earlier = flightsOf(door.root).get(door.fullKey(key)) as Flight<T> | undefined;
  if (earlier !== undefined && call.begun <= earlier.sharedUpTo) {
    emit?.({ type: 'flightJoined', cache: nameOf(cache), key });
    return earlier.join(signal, call.from);
  }
  return start(call, loader, found.replace, earlier).join(signal, call.from);
}

function start<T>(
  { cache, key, options, door }: Call<T>,
  loader: Loader<T>,
  replace: Uint8Array | undefined,
  earlier: Flight<T> | undefined,
): Flight<T> {
  const { leases } = cache;
  const durationMs = checkLeaseDuration(options.leaseDuration ?? '30s', 'leaseDuration');
  return new Flight<T>(flightsOf(door.root), door.fullKey(key), (flight) =>
    leases
      ? leasedLoad(flight, { loader, leases, durationMs, replace, earlier })
      : loader.load(flight, {
          store: async (bytes, entryOptions) => {
            // What begins now reads for itself: a set that hangs must not hold it up.
            flight.sharedUpTo = sharedState().begun;
            await cache.set(key, bytes, entryOptions);
            return true;
          },
          release: async () => {},
        }),
  );
}

/** The call, under a signal that the caller's signal and the time both abort. */
async function withTimeout<T>(call: Call<T>, ms: number, signal: Signal | undefined): Promise<T> {
  throwIfAborted(signal);
  const { clock } = call.door;
  const controller = new AbortController();
  const stop = signal && onAbort(signal, () => controller.abort(signal.reason));
  const expire = () => controller.abort(new LoadTimeoutError(call.key, ms));
  const timer = clock.setTimeout(expire, ms);
  try {
    return await run(call, controller.signal);
  } finally {
    clock.clearTimeout(timer);
    stop?.();
  }
}
