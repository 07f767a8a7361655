import { nameOf } from '../core/assert-capability.js';
import type { DistributedCache } from '../core/cache.js';
import { startOf } from '../core/capabilities.js';
import type { Door } from '../core/door.js';
import { CorruptEntryError, ErrorCode, quote } from '../core/errors.js';
import type { EventListener } from '../core/events.js';
import type { Serializer } from '../core/serializer.js';
import { jsonSerializer } from '../core/serializers/json.js';
import { abortable, type CallOptions, type Signal, throwIfAborted } from '../core/signal.js';
import { type SchemaResult, type StandardSchema, unfitPlaces } from '../core/standard-schema.js';

/** How stored bytes are read as a value. */
export interface ValueOptions<T> extends CallOptions {
  /**
   * How values become bytes and come back.
   *
   * @default JSON in UTF-8
   */
  readonly serializer?: Serializer | undefined;
  /** What a value that was read must fit, as any Standard Schema (zod, valibot, arktype); what it gives is the value. */
  readonly schema?: StandardSchema<unknown, T> | undefined;
}

/** That nothing was found; over a stored value that can't be used, with the first bytes of it. */
export class Missing {
  constructor(readonly replace?: Uint8Array) {}
}
const absent = new Missing();

/** Reads values of one key. A corrupt value is told as an event. */
export class ValueReader<T> {
  readonly #serializer: Serializer;
  readonly #schema: StandardSchema<unknown, T> | undefined;

  constructor(
    readonly cache: DistributedCache,
    readonly key: string,
    readonly door: Door,
    options: ValueOptions<T>,
    readonly emit: EventListener | undefined,
  ) {
    this.#serializer = options.serializer ?? jsonSerializer;
    this.#schema = options.schema;
  }

  /** What is stored, to be {@link judge}d at once. A promise of the cache's own: a hit has no other to wait for. */
  bytes(signal: Signal | undefined): Promise<Uint8Array | undefined> {
    throwIfAborted(signal);
    const options = signal && { signal };
    // Only our own serializer is known not to keep what it reads.
    const borrow = this.#serializer === jsonSerializer;
    const reading = borrow ? this.door.read(this.key, options) : this.cache.get(this.key, options);
    return abortable(reading, signal);
  }

  /** The value of stored bytes, or {@link Missing} and an event where they can't be used. A promise only where the schema gives one. */
  judge(bytes: Uint8Array | undefined): T | Missing | Promise<T | Missing> {
    if (bytes === undefined) return absent;
    try {
      const value = this.parse(bytes);
      return value instanceof Promise ? value.catch((error: unknown) => this.#unusable(bytes, error)) : value;
    } catch (error) {
      return this.#unusable(bytes, error);
    }
  }

  #unusable(bytes: Uint8Array, error: unknown): Missing {
    this.emit?.({ type: 'corrupt', cache: nameOf(this.cache), key: this.key, error });
    return new Missing(startOf(bytes));
  }

  /**
   * The value of these bytes.
   *
   * @throws CorruptEntryError
   */
  parse(bytes: Uint8Array): T | Promise<T> {
    let value: unknown;
    try {
      value = this.#serializer.deserialize(bytes);
    } catch (cause) {
      throw new CorruptEntryError(ErrorCode.corruptEntry, `What is stored under ${quote(this.key)} can't be read.`, {
        cause,
      });
    }
    if (this.#schema === undefined) return value as T;
    const result = this.#schema['~standard'].validate(value);
    return result instanceof Promise ? result.then((late) => this.#fitting(late)) : this.#fitting(result);
  }

  #fitting(result: SchemaResult<T>): T {
    if (result.issues === undefined) return result.value;
    throw new CorruptEntryError(
      ErrorCode.schemaMismatch,
      `The value of ${quote(this.key)} does not fit its schema at ${unfitPlaces(result.issues)}.`,
    );
  }

  /** What was read, for callers to whom every kind of miss is the same. */
  found(result: T | Missing): T | undefined {
    return result instanceof Missing ? undefined : result;
  }

  serialize(value: unknown): Uint8Array {
    return this.#serializer.serialize(value);
  }
}

/** Tells the listener of one call whether it hit; the cache's own listeners hear it from the cache. */
export function tellRead(own: EventListener, cache: DistributedCache, key: string, hit: boolean): void {
  own(
    hit ? { type: 'hit', cache: nameOf(cache), key } : { type: 'miss', cache: nameOf(cache), key, reason: 'unknown' },
  );
}
