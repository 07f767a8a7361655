import { checkKey, isWellFormed } from '../core/arguments.js';
import { nameOf } from '../core/assert-capability.js';
import type { DistributedCache } from '../core/cache.js';
import { doorOf } from '../core/door.js';
import { CorruptEntryError, ErrorCode, quote, typeError } from '../core/errors.js';
import { bothListeners, type EventOptions, safely } from '../core/events.js';
import type { EntryOptions } from '../core/lifetime.js';
import { checkOptions } from '../core/options.js';
import { abortable, type CallOptions } from '../core/signal.js';
import { tellRead } from './value-reader.js';

const encoder = new TextEncoder();
// A byte order mark is part of the string: what goes in comes out.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Options of {@link getString}. */
export interface GetStringOptions extends CallOptions, EventOptions {
  /**
   * What to do with stored bytes that are not UTF-8: `'miss'` gives `undefined` and tells a `corrupt` event, `'throw'`
   * rejects with `CorruptEntryError`.
   *
   * @default 'miss'
   */
  readonly onCorrupt?: 'miss' | 'throw' | undefined;
}

/**
 * Reads a string, stored as UTF-8. `undefined` for a miss.
 *
 * @throws CorruptEntryError `ERR_CORRUPT_ENTRY`, only with `onCorrupt: 'throw'`.
 * @example
 * const greeting = await getString(cache, 'greeting');
 */
export async function getString(
  cache: DistributedCache,
  key: string,
  options: GetStringOptions = {},
): Promise<string | undefined> {
  checkKey(key);
  checkOptions(options);
  const door = doorOf(cache);
  const own = safely(options.onEvent);
  const bytes = await abortable(door.read(key, options), options.signal);
  if (own) tellRead(own, cache, key, bytes !== undefined);
  if (bytes === undefined) return undefined;
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    const error = new CorruptEntryError(ErrorCode.corruptEntry, `What is stored under ${quote(key)} is not UTF-8.`, {
      cause,
    });
    if (options.onCorrupt === 'throw') throw error;
    bothListeners(door.emit, own)?.({ type: 'corrupt', cache: nameOf(cache), key, error });
    return undefined;
  }
}

/**
 * Stores a string as UTF-8.
 *
 * @throws TypeError `ERR_INVALID_VALUE` for what is not a string of well-formed Unicode: a lone surrogate would come
 *   back as another character.
 * @example
 * await setString(cache, 'greeting', 'hello', { slidingExpiration: '10m' });
 */
export async function setString(
  cache: DistributedCache,
  key: string,
  value: string,
  options?: EntryOptions & CallOptions,
): Promise<void> {
  if (typeof value !== 'string') throw typeError(ErrorCode.invalidValue, 'value', 'a string', `a ${typeof value}`);
  if (!isWellFormed(value)) {
    throw typeError(ErrorCode.invalidValue, 'value', 'well-formed Unicode', 'a string with a lone surrogate');
  }
  await abortable(cache.set(key, encoder.encode(value), options), options?.signal);
}
