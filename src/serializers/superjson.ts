import { parse, stringify } from 'superjson';
import type { Serializer } from '../core/serializer.js';
import { foreignSerializer } from './foreign.js';

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
export const superjsonSerializer: Serializer = foreignSerializer({
  storable: 'something that superjson can hold',
  unreadable: 'that are not of superjson',
  write: (value) => encoder.encode(stringify(value)),
  read: (bytes) => parse(decoder.decode(bytes)),
});
