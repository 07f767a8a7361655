import {
  type BatchOperations,
  type CallOptions,
  type Clock,
  type DecoratedCache,
  type DistributedCache,
  decorate,
  type EntryOptions,
  type EventOptions,
  type InvalidationSource,
  type LeaseOperations,
  type Lifecycle,
  type Operation,
  type PrefixOperations,
  type Signal,
  systemClock,
  type TimestampOperations,
} from 'distributed-cache';
import { ChaosError } from './chaos-error.js';
import { type AllFaults, type ChaosFaults, changedFaults, noFaults, range } from './chaos-faults.js';
import { rangeError } from './options.js';
import { seededRandom } from './random.js';

/** Options of {@link ChaosCache}, every one optional. */
export interface ChaosOptions extends ChaosFaults, EventOptions {
  /**
   * An integer. The same seed and the same calls in the same order give the same faults.
   *
   * @default 1
   */
  readonly seed?: number | undefined;
  /**
   * What delays are counted by.
   *
   * @default systemClock
   */
  readonly clock?: Clock | undefined;
}

/** How often each fault was put in. */
export type ChaosCounts = { readonly [Fault in keyof ChaosFaults]-?: number };

const door = Symbol.for('distributed-cache.door');

/**
 * A decorator that breaks things: operations of the inner cache fail before or after they are applied, are applied
 * twice, are late, or never settle. For tests of what an application does then. Each step of a listing by `keys` is an
 * operation of its own. Without faults it changes nothing.
 *
 * @throws RangeError or TypeError `ERR_INVALID_OPTION` from the constructor, naming the option.
 * @example
 * const chaos = new ChaosCache(new MemoryCache(), { seed: 7, failBefore: 0.1, delay: { probability: 0.2, ms: [5, 50] } });
 * await runTheApplication(chaos);
 * chaos.configure({ failBefore: 1 }); // an outage
 * console.log(chaos.injected.failBefore);
 */
export class ChaosCache implements DecoratedCache {
  readonly #cache: DecoratedCache;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #injected = { failBefore: 0, failAfter: 0, duplicate: 0, hang: 0, delay: 0 };
  #faults: AllFaults;

  constructor(inner: DistributedCache, options: ChaosOptions = {}) {
    const { seed = 1, clock = systemClock, onEvent } = options;
    if (!Number.isSafeInteger(seed)) throw rangeError('seed', 'an integer', seed);
    this.#random = seededRandom(seed);
    this.#clock = clock;
    this.#faults = changedFaults(noFaults, options);
    this.#cache = decorate(inner, {
      name: 'chaos',
      onEvent,
      around: (operation, next) => this.#around(operation, next),
    });
    // The door by which flights are shared: without it getOrCreate here and on the inner cache would load twice.
    Object.defineProperty(this, door, { value: Reflect.get(this.#cache, door) });
  }

  /** Changes the faults that are named, from the next operation on. @throws RangeError or TypeError `ERR_INVALID_OPTION` */
  configure(faults: ChaosFaults): void {
    this.#faults = changedFaults(this.#faults, faults);
  }

  /** How often each fault was put in so far. */
  get injected(): ChaosCounts {
    return { ...this.#injected };
  }

  get name(): string | undefined {
    return this.#cache.name;
  }

  get batch(): BatchOperations | undefined {
    return this.#cache.batch;
  }

  get prefixes(): PrefixOperations | undefined {
    return this.#cache.prefixes;
  }

  get leases(): LeaseOperations | undefined {
    return this.#cache.leases;
  }

  get invalidations(): InvalidationSource | undefined {
    return this.#cache.invalidations;
  }

  get timestamps(): TimestampOperations | undefined {
    return this.#cache.timestamps;
  }

  get lifecycle(): Lifecycle | undefined {
    return this.#cache.lifecycle;
  }

  get(key: string, options?: CallOptions): Promise<Uint8Array | undefined> {
    return this.#cache.get(key, options);
  }

  set(key: string, value: Uint8Array, options?: EntryOptions & CallOptions): Promise<void> {
    return this.#cache.set(key, value, options);
  }

  refresh(key: string, options?: CallOptions): Promise<void> {
    return this.#cache.refresh(key, options);
  }

  remove(key: string, options?: CallOptions): Promise<void> {
    return this.#cache.remove(key, options);
  }

  /** Closes what this cache wraps. Closing is never disturbed. */
  close(): Promise<void> {
    return this.#cache.close();
  }

  /** The same as {@link ChaosCache.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#cache.close();
  }

  async #around<Result>(operation: Operation, next: () => Promise<Result>): Promise<Result> {
    const { name, signal } = operation;
    const drawn = this.#draw();
    if (drawn.delay) {
      this.#injected.delay++;
      await settledOrAborted(signal, (resolve) => {
        const timer = this.#clock.setTimeout(resolve, drawn.delayMs);
        return () => this.#clock.clearTimeout(timer);
      });
    }
    if (drawn.hang) {
      this.#injected.hang++;
      await settledOrAborted(signal, () => () => {});
    }
    if (drawn.failBefore) {
      this.#injected.failBefore++;
      throw new ChaosError(name, false);
    }
    let result = await next();
    if (drawn.duplicate && name !== 'keys' && name !== 'listen') {
      this.#injected.duplicate++;
      result = await next();
    }
    // A listener whose handle got lost could never be ended.
    if (drawn.failAfter && name !== 'listen') {
      this.#injected.failAfter++;
      throw new ChaosError(name, true);
    }
    return result;
  }

  /** Which faults the next operation gets. It draws as many numbers whatever is configured, so that later ones stay the same. */
  #draw() {
    const { failBefore, failAfter, duplicate, hang, delay } = this.#faults;
    const [shortest, longest] = range(delay.ms);
    return {
      delay: this.#random() < delay.probability,
      delayMs: shortest + this.#random() * (longest - shortest),
      hang: this.#random() < hang,
      failBefore: this.#random() < failBefore,
      duplicate: this.#random() < duplicate,
      failAfter: this.#random() < failAfter,
    };
  }
}

/** Waits until `start` calls back, or rejects with the signal's reason; then calls what `start` gave, to clean up. */
async function settledOrAborted(signal: Signal | undefined, start: (resolve: () => void) => () => void): Promise<void> {
  let cleanUp = () => {};
  let abort = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      abort = () => reject(signal?.reason);
      cleanUp = start(resolve);
      signal?.addEventListener('abort', abort);
    });
  } finally {
    cleanUp();
    signal?.removeEventListener('abort', abort);
  }
}
