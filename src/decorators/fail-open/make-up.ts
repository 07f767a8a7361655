import { capabilityOf } from '../../core/assert-capability.js';
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
        await capabilityOf(inner, 'batch').removeMany(keys);
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
  remove(key: string, pass: Pass): Promise<boolean> {
    const { inner, removals } = this.#options;
    const begun = removals.now;
    return this.#one(
      'replay',
      key,
      pass,
      () => inner.remove(key),
      () => removals.madeUp(key, begun),
    );
  }

  /** Resolves to whether all under the prefix was removed. */
  removePrefix(prefix: string): Promise<boolean> {
    const { patient, patience, guard, removals } = this.#options;
    const begun = removals.now;
    const work = async () => capabilityOf(patient, 'prefixes').removeByPrefix(prefix);
    const done = () => removals.prefixMadeUp(prefix, begun);
    return this.#one('replay', prefix, guard.enter('replay', prefix), work, done, patience);
  }

  /** Resolves to whether the time was raised. */
  raise({ key, options }: OwedRaise, pass: Pass): Promise<boolean> {
    const { inner, raises } = this.#options;
    const begun = raises.now;
    const work = async () => capabilityOf(inner, 'timestamps').raise(key, options);
    return this.#one('replay', key, pass, work, () => raises.delete(key, begun));
  }

  /** Resolves to whether the lease is over. */
  release({ key, token }: OwedRelease, given?: Pass): Promise<boolean> {
    const { inner, guard, releases } = this.#options;
    // A backend that has no leases any more has none that stands.
    const work = async () => inner.leases?.release(key, token);
    return this.#one('release', key, given ?? guard.enter('release', key), work, () => releases.delete(token));
  }

  /** Resolves to whether it was done. */
  async #one(
    operation: 'replay' | 'release',
    key: string,
    pass: Pass,
    work: () => Promise<unknown>,
    done: () => void,
    deadlines?: Deadlines,
  ): Promise<boolean> {
    if (pass === 'skip') return false;
    const send = async () => {
      await work();
      return true;
    };
    return this.#send({ operation, keys: key, pass, send, done, failed: () => false }, deadlines);
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
