import { LoadTimeoutError } from '../core/errors.js';
import { LoadContext } from '../core/load-context.js';
import { notModified } from './factory-context.js';
import { fits } from './limits.js';
import type { Parts } from './parts.js';
import { drawn, timesOf } from './plan.js';
import type { Flight } from './protocol/flight.js';
import { Held, type Loaded } from './protocol/values.js';

/** Who is in whose factory; for all caches, since factories of one may ask another. */
const context = new LoadContext<Flight>();

/** The load whose factory makes the current call. */
export const currentLoad = (): Flight | undefined => context.current();

/** Runs factories, each up to its deadline, and turns what they give into what is stored. */
export class Factories {
  readonly #parts: Parts;
  /** Flights whose factory is awaited, with the timer of its deadline. */
  readonly #running = new Map<Flight, unknown>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Runs the flight's factory, and tells it what comes of that, in a later turn. */
  run(flight: Flight): void {
    const { clock, monotonic, stats } = this.#parts;
    const { factoryTimeout } = flight.policy;
    flight.begunAt = monotonic();
    stats.factoryRuns++;
    const deadline = clock.setTimeout(() => this.#tookTooLong(flight, factoryTimeout), factoryTimeout);
    this.#running.set(flight, deadline);
    let result: unknown;
    try {
      result = context.run(flight, () => flight.plan?.run(flight));
    } catch (error) {
      // In a later turn, as everything that answers a flight.
      result = Promise.reject(error);
    }
    Promise.resolve(result).then(
      (value) => this.#loaded(flight, value),
      (error: unknown) => this.#loadFailed(flight, error),
    );
  }

  #tookTooLong(flight: Flight, factoryTimeout: number): void {
    const error = new LoadTimeoutError(flight.key, factoryTimeout, 'The factory');
    this.#loadFailed(flight, error);
    flight.abortFactory(error);
  }

  #loaded(flight: Flight, value: unknown): void {
    if (!this.#running.has(flight)) return;
    const { emit, name, settings } = this.#parts;
    const durationMs = this.#factoryEnded(flight);
    if (value === undefined || (value === null && !settings.cacheNull)) {
      emit?.({ type: 'loaded', cache: name, key: flight.key, durationMs });
      flight.wasLoadedAs(value);
      return;
    }
    let loaded: Loaded;
    try {
      loaded = this.#storedForm(flight, value);
    } catch (error) {
      emit?.({ type: 'loadFailed', cache: name, key: flight.key, durationMs, error });
      flight.loadFailed(error);
      return;
    }
    emit?.({ type: 'loaded', cache: name, key: flight.key, durationMs });
    flight.wasLoaded(loaded, !flight.isNotToBeStored && fits(this.#parts, flight.key, loaded.payload));
  }

  #loadFailed(flight: Flight, error: unknown): void {
    if (!this.#running.has(flight)) return;
    const { emit, name, stats } = this.#parts;
    const durationMs = this.#factoryEnded(flight);
    stats.factoryFailures++;
    emit?.({ type: 'loadFailed', cache: name, key: flight.key, durationMs, error });
    flight.loadFailed(error);
  }

  #factoryEnded(flight: Flight): number {
    const { stats, monotonic } = this.#parts;
    this.stop(flight);
    const durationMs = monotonic() - flight.begunAt;
    stats.factoryMs += durationMs;
    return durationMs;
  }

  /** Its factory has ended, or nobody cares any more when it does. */
  stop(flight: Flight): void {
    if (!this.#running.has(flight)) return;
    this.#parts.clock.clearTimeout(this.#running.get(flight));
    this.#running.delete(flight);
    context.end();
  }

  /** @throws What the serializer throws. */
  #storedForm(flight: Flight, value: unknown): Loaded {
    const { backend, monotonic } = this.#parts;
    const { plan, token, grantedAt } = flight;
    const { told } = flight.fallback;
    const same = value === notModified ? told?.held : undefined;
    const given = same ? same.take() : value;
    const policy = drawn(flight.policy, plan?.adapt?.(given as never));
    flight.adapted = policy;
    const payload = same?.serializer === policy.serializer ? same.bytes() : policy.serializer.serialize(given);
    return {
      ...timesOf(monotonic(), policy),
      held: Held.of(payload, policy.serializer, policy.sharing),
      created: token === undefined ? backend.now() : grantedAt,
      tags: policy.tags,
      bytes: payload.byteLength,
      validators: same ? told?.validators : flight.validators,
      life: undefined,
      start: undefined,
      payload,
    };
  }
}
