import * as v8 from 'node:v8';
import type { Serializer } from '../core/serializer.js';
import { foreignSerializer } from './foreign.js';

export type { Serializer } from '../core/serializer.js';

/**
 * A `Serializer` by V8's structured clone (`node:v8`): Dates, Maps, Sets, bytes, bigints, regular expressions, errors, cycles and
 * `undefined` come back as what they were. Class instances become plain objects. An older Node may not read what a newer one wrote: that is a miss.
 *
 * @throws TypeError `ERR_NOT_SERIALIZABLE` for what can't be cloned: functions, symbols, promises.
 * @example
 * const cache = new HybridCache({ distributed, serializer: v8Serializer });
 */
export const v8Serializer: Serializer = foreignSerializer({
  storable: 'something that can be cloned',
  unreadable: 'that V8 did not serialize',
  write: (value) => new Uint8Array(v8.serialize(value)),
  read: (bytes) => v8.deserialize(bytes),
});
