import * as v8 from 'node:v8';
import { ErrorCode, show, typeError } from '../core/errors.js';
import type { Serializer } from '../core/serializer.js';

export type { Serializer } from '../core/serializer.js';

/**
 * A `Serializer` by V8's structured clone (`node:v8`): Dates, Maps, Sets, bytes, bigints, regular expressions, errors, cycles and
 * `undefined` come back as what they were. Class instances become plain objects. An older Node may not read what a newer one wrote: that is a miss.
 *
 * @throws TypeError `ERR_NOT_SERIALIZABLE` for what can't be cloned: functions, symbols, promises.
 * @example
 * const cache = new HybridCache({ distributed, serializer: v8Serializer });
 */
export const v8Serializer: Serializer = Object.freeze({
  serialize(value: unknown): Uint8Array {
    try {
      return new Uint8Array(v8.serialize(value));
    } catch (cause) {
      throw Object.assign(typeError(ErrorCode.notSerializable, 'value', 'something that can be cloned', show(value)), {
        cause,
      });
    }
  },
  deserialize(bytes: Uint8Array): unknown {
    try {
      return v8.deserialize(bytes);
    } catch {
      throw new SyntaxError(`${bytes.length} bytes that V8 did not serialize`);
    }
  },
});
