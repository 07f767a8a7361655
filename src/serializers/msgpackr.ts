import { Packr } from 'msgpackr';
import { ErrorCode, show, typeError } from '../core/errors.js';
import type { Serializer } from '../core/serializer.js';

export type { Serializer } from '../core/serializer.js';

// With records: without them a Map would come back as an object. With `structuredClone` a Set, an Error and typed arrays come back
// as what they were, and what is found in two places of a value is one thing again.
const packr = new Packr({ structuredClone: true });

/**
 * A `Serializer` by msgpackr: MessagePack, shorter than JSON and fast. Dates, Maps, Sets, bytes, bigints up to 64 bits and `undefined`
 * come back as what they were. Bytes are read by what msgpackr wrote with its records; other MessagePack libraries read them only where a
 * value has no objects.
 *
 * @throws TypeError `ERR_NOT_SERIALIZABLE` for functions, symbols and other things that MessagePack has no word for.
 * @example
 * const cache = new HybridCache({ distributed, serializer: msgpackrSerializer });
 */
export const msgpackrSerializer: Serializer = Object.freeze({
  serialize(value: unknown): Uint8Array {
    if (typeof value === 'function' || typeof value === 'symbol') throw unfit(value);
    try {
      // A copy: what `pack` gives may be a part of a buffer that it goes on using.
      return new Uint8Array(packr.pack(value));
    } catch (cause) {
      throw Object.assign(unfit(value), { cause });
    }
  },
  deserialize(bytes: Uint8Array): unknown {
    try {
      return packr.unpack(bytes);
    } catch {
      // Its own message may quote a part of the value.
      throw new SyntaxError(`${bytes.length} bytes that are not MessagePack`);
    }
  },
});

const unfit = (value: unknown) =>
  typeError(ErrorCode.notSerializable, 'value', 'something that MessagePack can hold', show(value));
