import { checkArray, checkKey, checkValue } from './arguments.js';
import type { BatchEntry } from './capabilities.js';
import { type Lifetime, resolveLifetime } from './lifetime.js';

/** One entry of a batch, with its lifetime in numbers. */
export interface CheckedEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly lifetime: Lifetime;
}

/**
 * Validates the whole of a batch before any of it is written.
 *
 * @param now - The provider's clock, in ms since the epoch.
 * @throws TypeError or RangeError as a single `set` does; the message names the entry.
 */
export function checkEntries(entries: readonly BatchEntry[], now: number): CheckedEntry[] {
  checkArray(entries, 'entries');
  return entries.map((entry, i) => {
    checkKey(entry?.key, `entries[${i}].key`);
    checkValue(entry.value, `entries[${i}].value`);
    return { key: entry.key, value: entry.value, lifetime: resolveLifetime(entry.options, now) };
  });
}
