import { nameOf } from '../../core/assert-capability.js';
import { CacheClosedError, isProgrammingError } from '../../core/errors.js';
import type { EventListener } from '../../core/events.js';
import { type EntryOptions, resolveLifetime } from '../../core/lifetime.js';
import type { Signal } from '../../core/signal.js';
import { abortable } from '../../core/signal.js';
import type { ValueReader } from '../value-reader.js';
import type { Flight } from './flight.js';
import { sharedState } from './shared-state.js';

/** What a factory is told. */
export interface FactoryContext {
  /** The key, as the caller of `getOrCreate` named it. */
  readonly key: string;
  /** Aborted when nobody waits for the value any more: hand it to what the factory calls. */
  readonly signal: Signal;
}

/** Loads the value of a key from its source. */
export type Factory<T> = (context: FactoryContext) => T | Promise<T>;

/** How a loaded value is stored. */
export interface StoreOptions<T> extends EntryOptions {
  /** The entry's expiration by the value, in place of the three fixed options; `undefined` falls back to them. */
  readonly options?: ((value: T) => EntryOptions | undefined) | undefined;
  /**
   * Whether `null` is stored, as any other value. `undefined` never is.
   *
   * @default false
   */
  readonly cacheNull?: boolean | undefined;
}

/** Where a loaded value goes. */
export interface Target {
  /** Resolves to whether it was stored. */
  store(bytes: Uint8Array, options: EntryOptions): Promise<boolean>;
  /** The load ends without a value to store. */
  release(): Promise<void>;
}

/** Runs the factory of one call and stores what it gives. */
export class Loader<T> {
  constructor(
    readonly reader: ValueReader<T>,
    readonly factory: Factory<T>,
    readonly options: StoreOptions<T>,
    readonly emit: EventListener | undefined,
  ) {}

  /** Before anything is loaded: options that can't be stored with are the caller's mistake. */
  checkOptions(): void {
    resolveLifetime(this.options, this.reader.door.clock.now());
  }

  async load(flight: Flight<T>, target: Target): Promise<T> {
    let release = true;
    try {
      const loaded = await this.#runFactory(flight);
      if (loaded === undefined || (loaded === null && !this.options.cacheNull)) return loaded;
      const entryOptions = this.#entryOptions(loaded);
      const bytes = this.reader.serialize(loaded);
      // What a miss gives is what a hit will give: the value that came through the serializer and fits the schema.
      const value = await this.reader.parse(bytes);
      if (flight.signal.aborted) throw flight.signal.reason;
      if (entryOptions === undefined) this.#tellRejected('expired');
      else release = !(await this.#store(target, bytes, entryOptions));
      return value;
    } finally {
      if (release) this.release(() => target.release());
    }
  }

  /** Gives a lease back, for the next to load. Nobody waits for it; what fails is told. */
  release(run: () => Promise<void>): void {
    run().catch((error: unknown) => this.#tellFailed('release', error));
  }

  async #runFactory(flight: Flight<T>): Promise<T> {
    const { key, door } = this.reader;
    const started = this.emit && door.clock.now();
    const elapsed = () => door.clock.now() - (started ?? 0);
    const name = this.emit ? nameOf(this.reader.cache) : '';
    const { context } = sharedState();
    try {
      const running = context.run(flight, async () => this.factory({ key, signal: flight.signal }));
      // A factory that ignores its signal holds up nobody once the last caller has gone.
      const loaded = await abortable(running, flight.signal);
      this.emit?.({ type: 'loaded', cache: name, key, durationMs: elapsed() });
      return loaded;
    } catch (error) {
      this.emit?.({ type: 'loadFailed', cache: name, key, durationMs: elapsed(), error });
      throw error;
    } finally {
      context.end();
    }
  }

  /** `undefined`: the absolute time that was given has come, while the factory ran. */
  #entryOptions(value: T): EntryOptions | undefined {
    const options = this.options.options?.(value) ?? this.options;
    if (this.#isOver(options)) return undefined;
    const { absoluteExpiration, relativeExpiration, slidingExpiration } = options;
    return { absoluteExpiration, relativeExpiration, slidingExpiration };
  }

  #isOver({ absoluteExpiration }: EntryOptions): boolean {
    const time = absoluteExpiration?.getTime?.();
    return time !== undefined && time <= this.reader.door.clock.now();
  }

  /** Whether the backend answered: stored or refused, the lease is over then. The caller has its value in any case. */
  async #store(target: Target, bytes: Uint8Array, options: EntryOptions): Promise<boolean> {
    try {
      if (!(await target.store(bytes, options))) this.#tellRejected('refused');
      return true;
    } catch (error) {
      if (this.#isOver(options)) this.#tellRejected('expired');
      else if (isProgrammingError(error)) throw error;
      else this.#tellFailed('store', error);
      return false;
    }
  }

  #tellRejected(reason: 'refused' | 'expired'): void {
    this.emit?.({ type: 'rejected', cache: nameOf(this.reader.cache), key: this.reader.key, reason });
  }

  #tellFailed(operation: 'store' | 'release', error: unknown): void {
    // A cache that was closed meanwhile did not fail.
    if (error instanceof CacheClosedError) return;
    this.emit?.({ type: 'backendFailed', cache: nameOf(this.reader.cache), key: this.reader.key, operation, error });
  }
}
