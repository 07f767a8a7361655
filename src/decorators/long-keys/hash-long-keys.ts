import { concatBytes } from '../../core/bytes.js';
import type { DistributedCache } from '../../core/cache.js';
import { ErrorCode, rangeError } from '../../core/errors.js';
import type { EventOptions } from '../../core/events.js';
import { checkOptions, checkPositiveInteger } from '../../core/options.js';
import { type DecoratedCache, decorate } from '../decorate.js';
import { leastLength, Names } from './names.js';
import { Tapped } from './tapped.js';

/** Options of {@link hashLongKeys}. */
export interface HashLongKeysOptions extends EventOptions {
  /** How long a key may be that is stored as it is, in UTF-16 code units: 136 or more. @default 200 */
  readonly maxLength?: number | undefined;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** How many bytes say how long the key is. */
const lengthBytes = 4;

/**
 * A cache that stores what has a long key under the key's first 64 characters and its SHA-256 (FIPS 180-4). The full key is stored with the
 * value, and compared when that is read, so that no two keys can be taken for one another. ASP.NET Core finds no such entry.
 *
 * It has no `prefixes`: what a hash stands for can't be told from it.
 *
 * @throws RangeError `ERR_INVALID_OPTION`
 * @example
 * const cache = new HybridCache({ distributed: hashLongKeys(redis), maxKeyLength: 10_000 });
 */
export function hashLongKeys(cache: DistributedCache, options: HashLongKeysOptions = {}): DecoratedCache {
  checkOptions(options);
  const maxLength = checkPositiveInteger(options.maxLength ?? 200, 'maxLength');
  if (maxLength < leastLength) {
    throw rangeError(ErrorCode.invalidOption, 'maxLength', `${leastLength} or more`, String(maxLength));
  }
  checkOptions(cache, 'cache');
  const names = new Names(maxLength);
  return decorate(new Tapped(cache, names.sinks), {
    name: 'hashLongKeys',
    onEvent: options.onEvent,
    keepsPrefixes: false,
    mapKey: (key) => names.nameOf(key),
    unmapKey: (name) => names.keyOf(name),
    encode(value, key) {
      if (!names.isHashed(key)) return value;
      const full = encoder.encode(key);
      const length = new Uint8Array(lengthBytes);
      new DataView(length.buffer).setUint32(0, full.length, true);
      return concatBytes(length, full, value);
    },
    decode(stored, key) {
      if (!names.isHashed(key)) return stored;
      if (stored.length < lengthBytes) return undefined;
      const length = new DataView(stored.buffer, stored.byteOffset).getUint32(0, true);
      const valueAt = lengthBytes + length;
      if (valueAt > stored.length || decoder.decode(stored.subarray(lengthBytes, valueAt)) !== key) return undefined;
      return stored.slice(valueAt);
    },
  });
}
