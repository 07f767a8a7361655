// What is stored for an encrypted value: 0x00 0x64 0x63 0x65 ("\0dce"), the version 1, the length of the key's id and the id in
// UTF-8, 12 bytes of nonce, the ciphertext, and 16 bytes of GCM's tag. Everything before the nonce, and the cache key, is
// associated data: changed, or moved to another key, it can't be decrypted.

import { concatBytes } from '../../core/bytes.js';

const magic = [0x00, 0x64, 0x63, 0x65] as const;
const version = 1;
const nonceLength = 12;
const tagLength = 16;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The parts of an encrypted value. */
export interface Encrypted {
  readonly id: string;
  /** All that comes before the nonce. */
  readonly header: Uint8Array;
  readonly nonce: Uint8Array;
  /** With its tag. */
  readonly ciphertext: Uint8Array;
}

/** What comes before the nonce of a value that is encrypted by the key of this id. */
export function headerOf(id: string): Uint8Array {
  const name = encoder.encode(id);
  return Uint8Array.of(...magic, version, name.length, ...name);
}

export const newNonce = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(nonceLength));

/** What is bound to the ciphertext. */
export const associatedData = (header: Uint8Array, key: string): Uint8Array<ArrayBuffer> =>
  concatBytes(header, encoder.encode(key));

/** @throws RangeError for what is no encrypted value */
export function parse(stored: Uint8Array): Encrypted {
  const idLength = stored[magic.length + 1] ?? 0;
  const headerLength = magic.length + 2 + idLength;
  const isOurs = magic.every((byte, i) => stored[i] === byte) && stored[magic.length] === version;
  if (!isOurs || stored.length < headerLength + nonceLength + tagLength) throw new RangeError('no encrypted value');
  const header = stored.subarray(0, headerLength);
  return {
    id: decoder.decode(header.subarray(magic.length + 2)),
    header,
    nonce: stored.subarray(headerLength, headerLength + nonceLength),
    ciphertext: stored.subarray(headerLength + nonceLength),
  };
}
