/**
 * How values become bytes and come back.
 *
 * @example
 * const packed: Serializer = { serialize: (value) => pack(value), deserialize: (bytes) => unpack(bytes) };
 */
export interface Serializer {
  /** The value's bytes. Throws for a value that it can't serialize. */
  serialize(value: unknown): Uint8Array;
  /** The value of these bytes. Throws if they are not what `serialize` writes. */
  deserialize(bytes: Uint8Array): unknown;
}
