import { checkKey } from '../core/arguments.js';
import type { DistributedCache } from '../core/cache.js';
import { doorOf } from '../core/door.js';
import { bothListeners, type EventOptions, safely } from '../core/events.js';
import { type EntryOptions, resolveLifetime } from '../core/lifetime.js';
import { checkOptions } from '../core/options.js';
import type { Serializer } from '../core/serializer.js';
import { jsonSerializer } from '../core/serializers/json.js';
import { abortable, type CallOptions, throwIfAborted } from '../core/signal.js';
import { tellRead, type ValueOptions, ValueReader } from './value-reader.js';

/** Options of {@link getJson}. */
export interface GetJsonOptions<T> extends ValueOptions<T>, EventOptions {
  /**
   * What to do with stored bytes that can't be read, or no longer fit the schema: `'miss'` gives `undefined` and tells a
   * `corrupt` event, `'throw'` rejects with `CorruptEntryError`.
   *
   * @default 'miss'
   */
  readonly onCorrupt?: 'miss' | 'throw' | undefined;
}

/** Options of {@link setJson}. */
export interface SetJsonOptions extends EntryOptions, CallOptions {
  /** @default JSON in UTF-8 */
  readonly serializer?: Serializer | undefined;
}

/**
 * Reads a value that {@link setJson} stored. `undefined` for a miss.
 *
 * @throws CorruptEntryError `ERR_CORRUPT_ENTRY`, `ERR_SCHEMA_MISMATCH`, only with `onCorrupt: 'throw'`.
 * @example
 * const user = await getJson<User>(cache, 'user:1');
 * const checked = await getJson(cache, 'user:1', { schema: userSchema }); // zod, valibot, ...
 */
export async function getJson<T>(
  cache: DistributedCache,
  key: string,
  options: GetJsonOptions<T> = {},
): Promise<T | undefined> {
  checkKey(key);
  checkOptions(options);
  const door = doorOf(cache);
  const own = safely(options.onEvent);
  const reader = new ValueReader<T>(cache, key, door, options, bothListeners(door.emit, own));
  const bytes = await reader.bytes(options.signal);
  if (own) tellRead(own, cache, key, bytes !== undefined);
  if (options.onCorrupt === 'throw') return bytes && reader.parse(bytes);
  return reader.found(await reader.judge(bytes));
}

/**
 * Stores a value as JSON, or as what `serializer` makes of it.
 *
 * @throws TypeError `ERR_NOT_SERIALIZABLE` for a value that can't be serialized, with the path of the BigInt or cycle
 *   in it. The previous entry is removed then: it is not the value any more.
 * @example
 * await setJson(cache, 'user:1', { name: 'Ada' }, { relativeExpiration: '1h' });
 */
export async function setJson(
  cache: DistributedCache,
  key: string,
  value: unknown,
  options: SetJsonOptions = {},
): Promise<void> {
  checkKey(key);
  checkOptions(options);
  throwIfAborted(options.signal);
  let bytes: Uint8Array;
  try {
    bytes = (options.serializer ?? jsonSerializer).serialize(value);
  } catch (error) {
    // With options that are refused anyway, the old value is still the one that was set last.
    resolveLifetime(options, doorOf(cache).clock.now());
    await abortable(cache.remove(key, options), options.signal);
    throw error;
  }
  await abortable(cache.set(key, bytes, options), options.signal);
}
