import { assertCapability } from '../../core/assert-capability.js';
import type { DistributedCache } from '../../core/cache.js';
import type { Deadlines } from '../../core/deadlines.js';
import { BatchError, CacheClosedError } from '../../core/errors.js';
import type { EventListener } from '../../core/events.js';
import type { Call, Pass } from './attempt.js';
import type { Guard } from './guard.js';
import type { OwedRaise, OwedRaises } from './owed-raises.js';
import type { OwedRelease, OwedReleases } from './owed-releases.js';
import type { RememberedRemovals } from './remembered-removals.js';
import { mayConcernOne } from './verdict.js';

/** What a {@link MakeUp} stands on. */
export interface MakeUpOptions {
  readonly name: string;
  readonly inner: DistributedCache;
  /** The wrapped cache, and deadlines, for scans: nobody waits for them here, so they may take their time. */
  readonly patient: DistributedCache;
  readonly patience: Deadlines;
  readonly guard: Guard;
  readonly removals: RememberedRemovals;
  readonly releases: OwedReleases;
  readonly raises: OwedRaises;
  readonly emit: EventListener | undefined;
}

/**
 * The calls that make up for what did not reach the backend. None rejects: nobody hears of a failure but the events. A
 * removal is unconditional: what it takes that is newer than what was to be removed costs a load.
 */
export class MakeUp {
  readonly #options: MakeUpOptions;
  #isClosed = false;

  constructor(options: MakeUpOptions) {
    this.#options = options;
  }

  /** Whether the wrapped cache was closed by somebody else: nothing can be made up for any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Gives the keys that were not removed. */
  async removeAll(keys: readonly string[]): Promise<readonly string[]> {
    const { inner, guard } = this.#options;
    if (inner.batch === undefined) return this.#removeEach(keys);
    const pass = guard.enter('replay', keys[0] as string);
    if (pass === 'skip') return keys;
    const { failed, isUnclear } = await this.#removeMany(keys, pass);
    // It may be for one of them that all failed.
    return isUnclear ? this.#removeEach(keys) : failed;
  }

  async #removeEach(keys: readonly string[]): Promise<readonly string[]> {
    const removed = await Promise.all(keys.map((key) => this.remove(key, this.#options.guard.enter('replay', key))));
    return keys.filter((_, i) => !removed[i]);
  }

  #removeMany(
    keys: readonly string[],
    pass: Pass,
  ): Promise<{ readonly failed: readonly string[]; readonly isUnclear: boolean }> {
    const { inner, removals } = this.#options;
    const begun = removals.now;
    const end = (failed: readonly string[], isUnclear: boolean) => {
      const names = new Set(failed);
      for (const key of keys) if (!names.has(key)) removals.madeUp(key, begun);
      return { failed, isUnclear };
    };
    return this.#send({
      operation: 'replay',
      keys,
      pass,
      send: async () => {
        assertCapability(inner, 'batch');
        await inner.batch.removeMany(keys);
        return { failed: [], isUnclear: false };
      },
      done: () => end([], false),
      failed: (error) =>
        error instanceof BatchError
          ? end(
              error.failed.map(({ index }) => keys[index] as string),
              false,
            )
          : end(keys, keys.length > 1 && mayConcernOne(error)),
    });
  }

  /** Resolves to whether the key was removed. */
  async remove(key: string, pass: Pass): Promise<boolean> {
    const { inner, removals } = this.#options;
    const begun = removals.now;
    if (pass === 'skip') return false;
    return this.#send({
      operation: 'replay',
      keys: key,
      pass,
      send: async () => {
        await inner.remove(key);
        return true;
      },
      done: () => removals.madeUp(key, begun),
      failed: () => false,
    });
  }

  /** Resolves to whether all under the prefix was removed. */
  async removePrefix(prefix: string): Promise<boolean> {
    const { patient, patience, guard, removals } = this.#options;
    const begun = removals.now;
    const pass = guard.enter('replay', prefix);
    if (pass === 'skip') return false;
    const call: Call<boolean> = {
      operation: 'replay',
      keys: prefix,
      pass,
      send: async () => {
        assertCapability(patient, 'prefixes');
        await patient.prefixes.removeByPrefix(prefix);
        return true;
      },
      done: () => removals.prefixMadeUp(prefix, begun),
      failed: () => false,
    };
    return this.#send(call, patience);
  }

  /** Resolves to whether the time was raised. */
  async raise({ key, options }: OwedRaise, pass: Pass): Promise<boolean> {
    const { inner, raises } = this.#options;
    const begun = raises.now;
    if (pass === 'skip') return false;
    return this.#send({
      operation: 'replay',
      keys: key,
      pass,
      send: async () => {
        assertCapability(inner, 'timestamps');
        await inner.timestamps.raise(key, options);
        return true;
      },
      done: () => raises.delete(key, begun),
      failed: () => false,
    });
  }

  /** Resolves to whether the lease is over. */
  async release({ key, token }: OwedRelease, given?: Pass): Promise<boolean> {
    const { inner, guard, releases } = this.#options;
    const pass = given ?? guard.enter('release', key);
    if (pass === 'skip') return false;
    return this.#send({
      operation: 'release',
      keys: key,
      pass,
      send: async () => {
        // A backend that has no leases any more has none that stands.
        await inner.leases?.release(key, token);
        return true;
      },
      done: () => releases.delete(token),
      failed: () => false,
    });
  }

  async #send<T>(call: Call<T>, deadlines?: Deadlines): Promise<T> {
    const { guard, name, emit } = this.#options;
    const { operation, keys } = call;
    try {
      return await guard.run(call, deadlines);
    } catch (error) {
      if (error instanceof CacheClosedError) this.#isClosed = true;
      else emit?.({ type: 'backendFailed', cache: name, key: firstOf(keys), operation, error });
      return call.failed(error);
    }
  }
}

const firstOf = (keys: string | readonly string[]) => (typeof keys === 'string' ? keys : (keys[0] ?? ''));
