import { parse, stringify } from 'superjson';
import { ErrorCode, show, typeError } from '../core/errors.js';
import type { Serializer } from '../core/serializer.js';

export type { Serializer } from '../core/serializer.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * A `Serializer` by superjson: JSON, with notes on what JSON has no word for. Dates, Maps, Sets, bigints, regular expressions, URLs,
 * `undefined`, `NaN` and classes that were registered with superjson come back as what they were. ASP.NET Core reads
 * `{ "json": ..., "meta": ... }`.
 *
 * From CommonJS it needs a Node that can `require` ES modules: 20.19, 22.12 or later.
 *
 * @throws TypeError `ERR_NOT_SERIALIZABLE`
 * @example
 * const cache = new HybridCache({ distributed, serializer: superjsonSerializer });
 */
export const superjsonSerializer: Serializer = Object.freeze({
  serialize(value: unknown): Uint8Array {
    if (typeof value === 'function' || typeof value === 'symbol') throw unfit(value);
    try {
      return encoder.encode(stringify(value));
    } catch (cause) {
      throw Object.assign(unfit(value), { cause });
    }
  },
  deserialize(bytes: Uint8Array): unknown {
    try {
      return parse(decoder.decode(bytes));
    } catch {
      // The engine's own message quotes the text, and a cached value must get into no message.
      throw new SyntaxError(`${bytes.length} bytes that are not of superjson`);
    }
  },
});

const unfit = (value: unknown) =>
  typeError(ErrorCode.notSerializable, 'value', 'something that superjson can hold', show(value));
