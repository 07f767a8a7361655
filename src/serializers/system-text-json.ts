import { LosslessNumber, parse, stringify } from 'lossless-json';
import { ErrorCode, show, typeError } from '../core/errors.js';
import type { Serializer } from '../core/serializer.js';
import { Reader } from './system-text-json/reader.js';
import { type Rules, rulesOf, type SystemTextJsonOptions } from './system-text-json/rules.js';
import { Writer } from './system-text-json/writer.js';

export type { Serializer } from '../core/serializer.js';
export type { PropertyNaming } from './system-text-json/naming.js';
export type { SystemTextJsonOptions } from './system-text-json/rules.js';
export type { SystemTextJsonType } from './system-text-json/shape.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * A `Serializer` for values that .NET writes and reads with System.Text.Json. Integers of 64 bits keep all their digits as bigints,
 * bytes are base64, and with `types` a `DateTime`, a `TimeSpan`, a `decimal` and others come back as what they were.
 *
 * Bigints, Dates, `Uint8Array`s, Maps and Sets are written as .NET reads them also without `types`.
 *
 * @throws TypeError or RangeError `ERR_INVALID_OPTION`. `serialize` throws a TypeError `ERR_NOT_SERIALIZABLE` for what System.Text.Json
 * can't read: `NaN`, a Date after the year 9999, a cycle.
 * @example
 * const serializer = systemTextJsonSerializer({
 *   propertyNaming: 'PascalCase',
 *   types: { id: 'Int64', total: 'decimal', 'lines[].shippedAt': 'DateTimeOffset', 'files.*': 'byte[]' },
 * });
 * const order = await cache.getOrCreate(`order:${id}`, load, { serializer });
 */
export function systemTextJsonSerializer(options: SystemTextJsonOptions = {}): Serializer {
  const rules = rulesOf(options);
  return Object.freeze({
    serialize(value: unknown): Uint8Array {
      const writer = new Writer(rules);
      const tree = writer.write(value);
      if (tree === undefined) {
        throw typeError(ErrorCode.notSerializable, 'value', 'something that System.Text.Json can read', show(value));
      }
      return encoder.encode(writer.exact ? stringify(tree) : JSON.stringify(tree));
    },
    deserialize: (bytes: Uint8Array): unknown => new Reader(rules, bytes.length).read(parsed(bytes, rules)),
  });
}

function parsed(bytes: Uint8Array, rules: Rules): unknown {
  try {
    const text = decoder.decode(bytes);
    // A double holds every whole number of 15 digits.
    if (!rules.exact && !/\d{16}/.test(text)) return JSON.parse(text);
    return parse(text, undefined, { parseNumber: numberOrDigits, onDuplicateKey: ({ newValue }) => newValue });
  } catch {
    // The parser's own message quotes the text, and a cached value must get into no message.
    throw new SyntaxError(`${bytes.length} bytes that are not JSON`);
  }
}

/** The number itself where its digits can be had from it again. The digits of others are kept until their type is known. */
function numberOrDigits(text: string): number | LosslessNumber {
  const value = Number(text);
  const beyond = Number.isInteger(value) && !Number.isSafeInteger(value);
  return String(value) === text && !beyond ? value : new LosslessNumber(text);
}
