import { ErrorCode, typeError } from '../errors.js';
import type { Serializer } from '../serializer.js';

const encoder = new TextEncoder();
// The mark of a byte order is a part of the string.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A {@link Serializer} for strings: UTF-8 with nothing around, as .NET's HybridCache stores a `string`.
 *
 * @throws TypeError `ERR_NOT_SERIALIZABLE` for what is no string.
 * @example
 * await cache.getOrCreate('page', render, { serializer: stringSerializer });
 */
export const stringSerializer: Serializer = Object.freeze({
  serialize(value: unknown): Uint8Array {
    if (typeof value === 'string') return encoder.encode(value);
    throw typeError(ErrorCode.notSerializable, 'value', 'a string', value === null ? 'null' : `a ${typeof value}`);
  },
  deserialize: (bytes: Uint8Array): unknown => decoder.decode(bytes),
});
