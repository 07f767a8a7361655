import { CorruptEntryError, ErrorCode, typeError } from '../errors.js';
import type { Serializer } from '../serializer.js';
import { type StandardSchema, unfitPlaces } from '../standard-schema.js';

/** A serializer whose values have to fit a schema, and are what the schema makes of them. */
export class SchemaSerializer<T> implements Serializer {
  constructor(
    readonly base: Serializer,
    readonly schema: StandardSchema<unknown, T>,
  ) {}

  serialize(value: unknown): Uint8Array {
    return this.base.serialize(value);
  }

  deserialize(bytes: Uint8Array): T {
    return this.fit(this.base.deserialize(bytes));
  }

  /** @throws CorruptEntryError `ERR_SCHEMA_MISMATCH`; TypeError `ERR_INVALID_OPTION` for a schema that takes its time */
  fit(value: unknown): T {
    const result = this.schema['~standard'].validate(value);
    if (result instanceof Promise) {
      // Nobody waits for it.
      result.catch(() => {});
      throw typeError(ErrorCode.invalidOption, 'schema', 'one that validates synchronously', 'a promise');
    }
    if (result.issues === undefined) return result.value;
    const message = `The value does not fit its schema at ${unfitPlaces(result.issues)}.`;
    throw new CorruptEntryError(ErrorCode.schemaMismatch, message);
  }
}
