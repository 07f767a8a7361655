import { ErrorCode, typeError } from '../core/errors.js';
import { onAbort } from '../core/signal.js';
import type { HybridManyFactory } from './options.js';
import type { LoadPlan, Policy } from './plan.js';
import type { Flight } from './protocol/flight.js';

/** One flight that waits for the loader. */
interface Waiting {
  readonly flight: Flight;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One call of a loader for all keys of a `getOrCreateMany` that miss. It waits until each of them is decided: found, granted,
 * or loaded by somebody else. A key that has to be loaded after all later on gets a call of its own.
 */
export class ManyLoad {
  readonly #policyFor: (key: string) => Policy;
  readonly #runOne: LoadPlan['run'];
  /** Made before anything begins: what can't be a policy is thrown then. */
  readonly #plans: ReadonlyMap<string, LoadPlan>;
  readonly #load: HybridManyFactory<unknown>;
  #waiting: Waiting[] = [];
  /** The keys of which it is not known yet whether they have to be loaded. */
  readonly #undecided: Set<string>;
  /** Where each key stands among those that were asked for. */
  readonly #places: ReadonlyMap<string, number>;

  /** @param policyFor - How the value of a key is stored. */
  constructor(keys: readonly string[], policyFor: (key: string) => Policy, load: HybridManyFactory<unknown>) {
    this.#load = load;
    this.#undecided = new Set(keys);
    this.#places = new Map(keys.map((key, place) => [key, place]));
    this.#policyFor = policyFor;
    this.#runOne = (flight) =>
      new Promise((resolve, reject) => {
        this.#waiting.push({ flight, resolve, reject });
        this.decided(flight.key);
      });
    this.#plans = new Map(keys.map((key) => [key, this.#newPlan(key)]));
  }

  /** How a key is loaded: one that misses, or one that is refreshed. */
  planOf(key: string): LoadPlan {
    return this.#plans.get(key) ?? this.#newPlan(key);
  }

  #newPlan(key: string): LoadPlan {
    return { policy: this.#policyFor(key), run: this.#runOne };
  }

  /** It is known now what becomes of the key. */
  decided(key: string): void {
    this.#undecided.delete(key);
    if (this.#undecided.size === 0 && this.#waiting.length > 0) void this.#loadAll();
  }

  async #loadAll(): Promise<void> {
    // As they were asked for, in whichever order they were decided: on a Cluster that is by chance.
    const placeOf = ({ flight }: Waiting) => this.#places.get(flight.key) ?? this.#places.size;
    const waiting = this.#waiting.sort((a, b) => placeOf(a) - placeOf(b));
    this.#waiting = [];
    // Aborted when the last key that is wanted is wanted no more.
    const controller = new AbortController();
    let wanted = waiting.length;
    for (const { flight } of waiting) {
      onAbort(flight.signal, () => {
        if (--wanted === 0) controller.abort(flight.signal.reason);
      });
    }
    try {
      const keys = waiting.map(({ flight }) => flight.key);
      const values = await this.#load(keys, { signal: controller.signal });
      if (typeof values?.get !== 'function') {
        throw typeError(ErrorCode.invalidValue, 'what the loader gives', 'a Map of values by key', typeof values);
      }
      for (const { flight, resolve } of waiting) resolve(values.get(flight.key));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
