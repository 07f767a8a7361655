// What is stored for a value that was compressed: 0x00 0x64 0x63 0x7a ("\0dcz"), the codec's number, the value's length as
// uint32 little-endian, and what the codec made of it. Any other bytes are a value as it is; one that begins so itself is
// stored under the number 0.

import { concatBytes } from '../../core/bytes.js';

const magic = [0x00, 0x64, 0x63, 0x7a] as const;
const headerLength = magic.length + 1 + 4;

/** The number of no codec: the value follows as it is. */
export const plain = 0;

/** A value that was compressed. */
export interface Compressed {
  readonly codec: number;
  /** How many bytes the value has. */
  readonly length: number;
  /** What the codec made of it: a part of the bytes that were read. */
  readonly body: Uint8Array;
}

export const isMarked = (bytes: Uint8Array): boolean => magic.every((byte, i) => bytes[i] === byte);

export function wrap({ codec, length, body }: Compressed): Uint8Array {
  const header = Uint8Array.of(...magic, codec, 0, 0, 0, 0);
  new DataView(header.buffer).setUint32(magic.length + 1, length, true);
  return concatBytes(header, body);
}

/** What was wrapped; `undefined` for a value as it is. @throws RangeError where the header is cut off */
export function unwrap(bytes: Uint8Array): Compressed | undefined {
  if (!isMarked(bytes)) return undefined;
  if (bytes.length < headerLength) throw new RangeError('the header of a compressed value is cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  return {
    codec: bytes[magic.length] as number,
    length: view.getUint32(magic.length + 1, true),
    body: bytes.subarray(headerLength),
  };
}
