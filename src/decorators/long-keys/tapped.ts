import type { DistributedCache, Lifecycle } from '../../core/cache.js';
import type {
  BatchOperations,
  InvalidationSink,
  InvalidationSource,
  LeaseOperations,
  TimestampOperations,
} from '../../core/capabilities.js';
import { type Door, doorKey, doorOf } from '../../core/door.js';

/** A cache as it is, whose listeners are known. */
export class Tapped implements DistributedCache {
  readonly #inner: DistributedCache;
  readonly #sinks: Set<InvalidationSink>;
  readonly get: DistributedCache['get'];
  readonly set: DistributedCache['set'];
  readonly refresh: DistributedCache['refresh'];
  readonly remove: DistributedCache['remove'];
  /** @internal */
  readonly [doorKey]: Door;

  constructor(inner: DistributedCache, sinks: Set<InvalidationSink>) {
    this.#inner = inner;
    this.#sinks = sinks;
    this.get = inner.get.bind(inner);
    this.set = inner.set.bind(inner);
    this.refresh = inner.refresh.bind(inner);
    this.remove = inner.remove.bind(inner);
    this[doorKey] = doorOf(inner);
  }

  get name(): string | undefined {
    return this.#inner.name;
  }

  get batch(): BatchOperations | undefined {
    return this.#inner.batch;
  }

  get leases(): LeaseOperations | undefined {
    return this.#inner.leases;
  }

  get timestamps(): TimestampOperations | undefined {
    return this.#inner.timestamps;
  }

  get lifecycle(): Lifecycle | undefined {
    return this.#inner.lifecycle;
  }

  get invalidations(): InvalidationSource | undefined {
    const source = this.#inner.invalidations;
    if (source === undefined) return undefined;
    return {
      prove: source.prove?.bind(source),
      listen: async (sink) => {
        this.#sinks.add(sink);
        try {
          const listening = await source.listen(sink);
          return {
            [Symbol.asyncDispose]: async () => {
              this.#sinks.delete(sink);
              await listening[Symbol.asyncDispose]();
            },
          };
        } catch (error) {
          this.#sinks.delete(sink);
          throw error;
        }
      },
    };
  }
}
