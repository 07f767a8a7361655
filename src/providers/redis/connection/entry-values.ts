import { ErrorCode, quote, rangeError, typeError } from '../../../core/errors.js';
import type { TlsVersion } from './settings.js';

// What stands behind a key's `=`. Messages carry the key as the documentation spells it; see `shown` for the value.

/** Reads the text of a value. @throws TypeError or RangeError `ERR_INVALID_OPTION` */
export type ValueReader<Value> = (text: string, key: string) => Value;

// Maps, for their only entries are their own: 'constructor' is no value.
const booleans = new Map([
  ...['true', 'yes', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', '0'].map((word) => [word, false] as const),
]);
const maxInt32 = 2_147_483_647;
// Oldest first.
const tlsVersions: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const tlsNames = new Map<string, TlsVersion>([
  ['tls', 'TLSv1'],
  ['tls11', 'TLSv1.1'],
  ['tls12', 'TLSv1.2'],
  ['tls13', 'TLSv1.3'],
]);

/** How messages call a key. */
export function keyName(key: string): string {
  return `'${key}' in the connection string`;
}

/**
 * A value for a message, if it is a plain word or number. Anything else may be more than was meant, such as a password
 * behind a forgotten comma.
 */
export function shown(text: string): string {
  return /^[\w.+-]{1,20}$/.test(text) ? quote(text) : text === '' ? 'nothing' : `a text of ${text.length} characters`;
}

/** Any text; an empty one means that there is none. */
export const text: ValueReader<string | undefined> = (value) => value || undefined;

/** Whatever it is. */
export const anything: ValueReader<undefined> = () => undefined;

export const boolean: ValueReader<boolean> = (value, key) => {
  const known = booleans.get(value.toLowerCase());
  if (known === undefined) {
    throw typeError(ErrorCode.invalidOption, keyName(key), 'true/false, yes/no, on/off or 1/0', shown(value));
  }
  return known;
};

/** A whole number of at least `min`, in `unit`. */
export function integer(min: number, unit = ''): ValueReader<number> {
  return (value, key) => {
    const expected = `a whole number${unit && ` of ${unit}`} from ${min} to ${maxInt32}`;
    if (!/^[+-]?\d+$/.test(value)) throw typeError(ErrorCode.invalidOption, keyName(key), expected, shown(value));
    const number = Number(value);
    if (number < min || number > maxInt32) {
      throw rangeError(ErrorCode.invalidOption, keyName(key), expected, shown(value));
    }
    return number;
  };
}

/** A version such as `7.2` or `2.8.19`. */
export const version: ValueReader<undefined> = (value, key) => {
  if (!/^\d+(\.\d+){0,3}$/.test(value)) {
    throw typeError(ErrorCode.invalidOption, keyName(key), "a version such as '7.2'", shown(value));
  }
};

export const protocol: ValueReader<2 | 3> = (value, key) => {
  const match = /^(?:resp)?([23])$/i.exec(value);
  if (!match) throw typeError(ErrorCode.invalidOption, keyName(key), '2, 3, resp2 or resp3', shown(value));
  return Number(match[1]) as 2 | 3;
};

/** Names of .NET's `SslProtocols`, separated by `|`. Node takes a range of versions, so one without a gap is expected. */
export const sslProtocols: ValueReader<readonly TlsVersion[] | undefined> = (value, key) => {
  const names = value
    .toLowerCase()
    .split('|')
    .map((name) => name.trim());
  const unknown = names.find((name) => name !== 'none' && !tlsNames.has(name));
  if (unknown !== undefined) {
    const expected = 'Tls, Tls11, Tls12, Tls13 or None, several of them separated by |';
    throw typeError(ErrorCode.invalidOption, keyName(key), expected, shown(unknown));
  }
  const chosen = tlsVersions.filter((each) => names.some((name) => tlsNames.get(name) === each));
  const [first] = chosen;
  if (first === undefined) return undefined;
  const start = tlsVersions.indexOf(first);
  if (chosen.some((each, i) => each !== tlsVersions[start + i])) {
    const expected = 'versions of TLS that follow each other, such as Tls12|Tls13';
    throw rangeError(ErrorCode.invalidOption, keyName(key), expected, chosen.join(' and '));
  }
  return Object.freeze(chosen);
};

/** What can be said only by leaving it out (or empty): to ignore it would be wrong, to honour it impossible. */
export function nothingBut(allowed: string, expected: string): ValueReader<undefined> {
  return (value, key) => {
    if (value === '' || value.toLowerCase() === allowed.toLowerCase()) return;
    // Not the value: that of a tunnel may carry a password of its own.
    throw typeError(ErrorCode.invalidOption, keyName(key), expected, 'another value');
  };
}
