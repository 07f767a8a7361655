import { Packr } from 'msgpackr';
import type { Serializer } from '../core/serializer.js';
import { foreignSerializer } from './foreign.js';

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
export const msgpackrSerializer: Serializer = foreignSerializer({
  storable: 'something that MessagePack can hold',
  unreadable: 'that are not MessagePack',
  // A copy: what `pack` gives may be a part of a buffer that it goes on using.
  write: (value) => new Uint8Array(packr.pack(value)),
  read: (bytes) => packr.unpack(bytes),
});
