import { isBytes } from '../arguments.js';
import { ErrorCode, typeError } from '../errors.js';
import type { Serializer } from '../serializer.js';

/**
 * A {@link Serializer} for bytes as they are, as .NET's HybridCache stores a `byte[]`. Each side gets a copy.
 *
 * @throws TypeError `ERR_NOT_SERIALIZABLE` for what is no `Uint8Array`.
 * @example
 * await cache.getOrCreate('thumbnail', () => sharp(file).toBuffer(), { serializer: bytesSerializer });
 */
export const bytesSerializer: Serializer = Object.freeze({
  serialize(value: unknown): Uint8Array {
    if (isBytes(value)) return new Uint8Array(value);
    throw typeError(ErrorCode.notSerializable, 'value', 'a Uint8Array', value === null ? 'null' : `a ${typeof value}`);
  },
  deserialize: (bytes: Uint8Array): unknown => new Uint8Array(bytes),
});
