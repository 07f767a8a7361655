import { CorruptEntryError, ErrorCode, quote } from '../../core/errors.js';

/** What the read script gives for a hash that is no entry. */
export const noEntry = 0;

/** What a field for a time says: that there is none, how many ticks it is, or that it is no number. */
export function windowOf(field: Uint8Array | null): 'none' | 'window' | 'invalid' {
  if (field === null || (field.length === 2 && field[0] === 0x2d && field[1] === 0x31)) return 'none';
  // As .NET reads it: a positive Int64.
  if (field.length === 0 || field.length > 19) return 'invalid';
  for (const byte of field) if (byte < 0x30 || byte > 0x39) return 'invalid';
  return field.length === 19 && BigInt(new TextDecoder().decode(field)) > 0x7fff_ffff_ffff_ffffn ? 'invalid' : 'window';
}

/** What is stored under a key is not what this library or .NET writes. */
export function corruptEntry(key: string, what: string): CorruptEntryError {
  return new CorruptEntryError(
    ErrorCode.corruptEntry,
    `What is stored under ${quote(key)} is ${what}, not an entry: expected a hash with absexp, sldexp and data.`,
  );
}
