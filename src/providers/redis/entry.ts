import { CorruptEntryError, ErrorCode, quote } from '../../core/errors.js';
import { lastTicks } from '../../core/ticks.js';

/** What the read script gives for a hash that is no entry. */
export const noEntry = 0;

/** The longest `TimeSpan` of .NET, in ticks. */
const longestSpan = 2n ** 63n - 1n;

/** What the field of a window says: that there is none, that there is one, or that it is no number. */
export const windowOf = (field: Uint8Array | null) => numberOf(field, longestSpan);

/** The same of the field of an absolute time. */
export const endOf = (field: Uint8Array | null) => numberOf(field, lastTicks);

function numberOf(field: Uint8Array | null, most: bigint): 'none' | 'some' | 'invalid' {
  if (field === null || (field.length === 2 && field[0] === 0x2d && field[1] === 0x31)) return 'none';
  // As .NET reads it: a number of ticks that is not negative.
  if (field.length === 0 || field.length > 19) return 'invalid';
  for (const byte of field) if (byte < 0x30 || byte > 0x39) return 'invalid';
  return field.length === 19 && BigInt(new TextDecoder().decode(field)) > most ? 'invalid' : 'some';
}

/** What is stored under a key is not what this library or .NET writes. */
export function corruptEntry(key: string, what: string): CorruptEntryError {
  return new CorruptEntryError(
    ErrorCode.corruptEntry,
    `What is stored under ${quote(key)} is ${what}, not an entry: expected a hash with absexp, sldexp and data.`,
  );
}
