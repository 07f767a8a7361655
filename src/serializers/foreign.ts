import { ErrorCode, show, typeError } from '../core/errors.js';
import type { Serializer } from '../core/serializer.js';

/** What {@link foreignSerializer} is told of a format that somebody else writes and reads. */
export interface Format {
  /** What a value has to be, for the error: `'something that MessagePack can hold'`. */
  readonly storable: string;
  /** What bytes are that can't be read, for the error: `'that are not MessagePack'`. */
  readonly unreadable: string;
  write(value: unknown): Uint8Array;
  read(bytes: Uint8Array): unknown;
}

/** A serializer whose errors are ours: those of others may quote a part of the value. */
export function foreignSerializer({ storable, unreadable, write, read }: Format): Serializer {
  const unfit = (value: unknown) => typeError(ErrorCode.notSerializable, 'value', storable, show(value));
  return Object.freeze({
    serialize(value: unknown): Uint8Array {
      if (typeof value === 'function' || typeof value === 'symbol') throw unfit(value);
      try {
        return write(value);
      } catch (cause) {
        throw Object.assign(unfit(value), { cause });
      }
    },
    deserialize(bytes: Uint8Array): unknown {
      try {
        return read(bytes);
      } catch {
        throw new SyntaxError(`${bytes.length} bytes ${unreadable}`);
      }
    },
  });
}
