import type { DistributedCache, Lifecycle } from '../core/cache.js';
import type {
  BatchOperations,
  InvalidationSource,
  LeaseOperations,
  PrefixOperations,
  TimestampOperations,
} from '../core/capabilities.js';
import { type Door, doorKey, doorOf } from '../core/door.js';
import type { EntryOptions } from '../core/lifetime.js';
import { abortable, type CallOptions } from '../core/signal.js';
import { decoratedBatch } from './decorated-batch.js';
import { decoratedInvalidations } from './decorated-invalidations.js';
import { decoratedLeases } from './decorated-leases.js';
import { decoratedPrefixes } from './decorated-prefixes.js';
import { decoratedTimestamps } from './decorated-timestamps.js';
import { type DecorateOptions, Mapping } from './mapping.js';

/** What {@link decorate} gives: a cache that can be closed, whatever it wraps. */
export interface DecoratedCache extends DistributedCache {
  /** Closes what this cache wraps, and does nothing where that can't be closed. */
  close(): Promise<void>;
  /** The same as {@link DecoratedCache.close}. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Builds a decorator: a cache that passes everything on to another, with what `options` change on the way. Every
 * capability of the inner cache is mapped, so that none is lost.
 *
 * @throws TypeError `ERR_INVALID_OPTION` for options that are no functions, or `mapKey` without `unmapKey`.
 * @example
 * // Every value gzipped; getOrCreate, batches, leases and prefixes work as before.
 * const zipped = decorate(cache, { name: 'gzip', encode: (value) => gzipSync(value), decode: (value) => gunzipSync(value) });
 */
export function decorate(inner: DistributedCache, options: DecorateOptions = {}): DecoratedCache {
  return new Decorated(inner, new Mapping(inner, options));
}

class Decorated implements DecoratedCache {
  readonly #inner: DistributedCache;
  readonly #mapping: Mapping;
  readonly #batch: BatchOperations;
  readonly #prefixes: PrefixOperations | undefined;
  readonly #leases: LeaseOperations;
  readonly #invalidations: InvalidationSource;
  readonly #timestamps: TimestampOperations;
  readonly #lifecycle: Lifecycle | undefined;
  /** @internal */
  readonly [doorKey]: Door;

  constructor(inner: DistributedCache, mapping: Mapping) {
    this.#inner = inner;
    this.#mapping = mapping;
    this.#batch = decoratedBatch(inner, mapping);
    this.#prefixes = mapping.keepsPrefixes ? decoratedPrefixes(inner, mapping) : undefined;
    this.#leases = decoratedLeases(inner, mapping);
    this.#invalidations = decoratedInvalidations(inner, mapping);
    this.#timestamps = decoratedTimestamps(inner, mapping);
    this[doorKey] = mapping.door(doorOf(inner), this, (view) => new Decorated(view, mapping));
    this.#lifecycle = mapping.onClose === undefined ? undefined : closingFirst(inner, mapping.onClose);
  }

  get name(): string {
    return this.#mapping.name;
  }

  // A capability is asked for at each use, not once: a backend may find out only when it is connected what it can do.
  get batch(): BatchOperations | undefined {
    return this.#inner.batch && this.#batch;
  }

  get prefixes(): PrefixOperations | undefined {
    return this.#inner.prefixes && this.#prefixes;
  }

  get leases(): LeaseOperations | undefined {
    return this.#inner.leases && this.#leases;
  }

  get invalidations(): InvalidationSource | undefined {
    return this.#inner.invalidations && this.#invalidations;
  }

  get timestamps(): TimestampOperations | undefined {
    return this.#inner.timestamps && this.#timestamps;
  }

  get lifecycle(): Lifecycle | undefined {
    return this.#lifecycle ?? this.#inner.lifecycle;
  }

  get(key: string, options?: CallOptions): Promise<Uint8Array | undefined> {
    return abortable(this.#get(key, options), options?.signal);
  }

  set(key: string, value: Uint8Array, options?: EntryOptions & CallOptions): Promise<void> {
    return abortable(this.#set(key, value, options), options?.signal);
  }

  async #get(key: string, options: CallOptions | undefined): Promise<Uint8Array | undefined> {
    const innerKey = this.#mapping.key(key);
    const stored = await this.#mapping.run('get', [key], options, () => this.#inner.get(innerKey, options));
    const value = await this.#mapping.decode(stored, key);
    this.#mapping.tellRead(key, value);
    return value;
  }

  async #set(key: string, value: Uint8Array, options: (EntryOptions & CallOptions) | undefined): Promise<void> {
    const innerKey = this.#mapping.key(key);
    const encoded = this.#mapping.encode(value, key);
    const innerOptions = this.#mapping.options(options);
    const stored = encoded instanceof Promise ? await encoded : encoded;
    await this.#mapping.run('set', [key], options, () => this.#inner.set(innerKey, stored, innerOptions));
    this.#mapping.emit?.({ type: 'set', cache: this.name, key, bytes: value.byteLength });
  }

  async refresh(key: string, options?: CallOptions): Promise<void> {
    const innerKey = this.#mapping.key(key);
    await this.#mapping.run('refresh', [key], options, () => this.#inner.refresh(innerKey, options));
  }

  async remove(key: string, options?: CallOptions): Promise<void> {
    const innerKey = this.#mapping.key(key);
    await this.#mapping.run('remove', [key], options, () => this.#inner.remove(innerKey, options));
    this.#mapping.emit?.({ type: 'removed', cache: this.name, key });
  }

  async close(): Promise<void> {
    await this.lifecycle?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The inner cache's lifecycle, with work of the decorator's before its end, once. */
function closingFirst(inner: DistributedCache, onClose: () => void | Promise<void>): Lifecycle {
  let closing: Promise<void> | undefined;
  const close = async () => {
    try {
      await onClose();
    } finally {
      await inner.lifecycle?.close();
    }
  };
  const lifecycle: Lifecycle = {
    ready: async () => inner.lifecycle?.ready(),
    close: () => {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => lifecycle.close(),
  };
  return lifecycle;
}
