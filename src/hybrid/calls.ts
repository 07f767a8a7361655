import type { Clock } from '../core/clock.js';
import { parseTimerDelay } from '../core/duration.js';
import { LoadTimeoutError } from '../core/errors.js';
import type { EventListener } from '../core/events.js';
import { onAbort, type Signal, throwIfAborted } from '../core/signal.js';
import type { Coherence } from './coherence.js';
import type { Engine } from './engine.js';
import { currentLoad } from './factories.js';
import type { HybridLoadOptions } from './options.js';
import type { LoadPlan, Policy } from './plan.js';
import { Caller } from './protocol/caller.js';
import { Flight } from './protocol/flight.js';
import type { Stats } from './stats.js';

/** What {@link Calls} are made of. */
export interface CallsOptions {
  readonly engine: Engine;
  readonly coherence: Coherence;
  /** The monotonic clock, in ms. */
  readonly monotonic: () => number;
  readonly maxStalenessMs: number;
  readonly clock: Clock;
  readonly stats: Stats;
  readonly name: string;
  readonly emit: EventListener | undefined;
  readonly maxKeyLength: number;
}

/** How a call may end before its flight does. */
export interface CallEnds {
  readonly signal: Signal | undefined;
  /** In ms. */
  readonly timeout: number | undefined;
}

/** What the options of a call say of that. @throws RangeError `ERR_INVALID_DURATION` */
export function endsOf(options: Pick<HybridLoadOptions, 'signal' | 'timeout'> | undefined): CallEnds {
  const { signal, timeout } = options ?? {};
  return { signal, timeout: timeout === undefined ? undefined : parseTimerDelay(timeout, 'timeout') };
}

/** The same, of a call that only reads. */
export interface ReadEnds {
  readonly signal: Signal | undefined;
  /** Whether a value past its end will do. */
  readonly takesStale: boolean;
}

interface SoftEnd {
  /** After how many ms of waiting it does. */
  readonly softTimeout?: number | undefined;
}

/** Turns calls into callers of flights: joins one that is under way, or starts one. */
export class Calls {
  readonly #options: CallsOptions;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** The value, loaded by the plan if need be. @throws The signal's reason */
  load(key: string, plan: LoadPlan, ends: CallEnds): Promise<unknown> {
    throwIfAborted(ends.signal);
    this.#options.coherence.silent();
    const joinable = this.#joined(key);
    const flight = joinable ?? this.#add(key, plan.policy);
    const result = this.#wait(key, { ...ends, ...staleOf(plan.policy) }, (caller) => flight.join(caller, plan));
    if (joinable === undefined) this.#startAll([flight]);
    return result;
  }

  /** The same for several keys, which are read together. */
  loadMany(
    keys: readonly string[],
    planOf: (key: string) => LoadPlan,
    ends: CallEnds,
    decided: (key: string) => void,
  ): Promise<unknown>[] {
    throwIfAborted(ends.signal);
    this.#options.coherence.silent();
    const started: Flight[] = [];
    const results = keys.map((key) => {
      const plan = planOf(key);
      const joinable = this.#joined(key);
      const flight = joinable ?? this.#add(key, plan.policy);
      const result = this.#wait(key, { ...ends, ...staleOf(plan.policy) }, (caller) => flight.join(caller, plan));
      if (joinable === undefined) started.push(flight);
      // A flight that is another's to load says no more about what has to be loaded here.
      if (flight.plan === plan) flight.onDecided = () => decided(key);
      else decided(key);
      return result;
    });
    this.#startAll(started);
    return results;
  }

  /** What is found of several keys, which are read together; `undefined` for each miss. */
  readMany(keys: readonly string[], policyOf: (key: string) => Policy, ends: ReadEnds): Promise<unknown>[] {
    throwIfAborted(ends.signal);
    this.#options.coherence.silent();
    const { engine, maxKeyLength } = this.#options;
    const started: Flight[] = [];
    const results = keys.map((key) => {
      if (key.length > maxKeyLength) return Promise.resolve(undefined);
      const reading = engine.keys.reading(key);
      const joinable = reading && !this.#isTooOld(reading) ? reading : undefined;
      const flight = joinable ?? this.#add(key, policyOf(key));
      if (joinable === undefined) started.push(flight);
      return this.#wait(key, ends, (caller) => flight.joinReading(caller));
    });
    this.#startAll(started);
    return results;
  }

  #joined(key: string): Flight | undefined {
    const { engine, stats, emit, name } = this.#options;
    const flight = engine.keys.joinable(key);
    if (flight === undefined || this.#isTooOld(flight)) return undefined;
    stats.joined++;
    emit?.({ type: 'flightJoined', cache: name, key });
    return flight;
  }

  /**
   * Whether what it does was begun so long ago that a change since then may have to be known: while changes are not heard, the
   * bound is kept by this. Redis can say that a load still holds (protocol rule 13).
   */
  #isTooOld(flight: Flight): boolean {
    const { coherence, monotonic, maxStalenessMs } = this.#options;
    if (coherence.state !== 'down' || monotonic() < flight.begunAt + maxStalenessMs) return false;
    flight.joinable = 'no';
    return true;
  }

  #add(key: string, policy: Policy): Flight {
    const { engine } = this.#options;
    const flight = new Flight(key, policy, engine);
    engine.keys.add(flight);
    return flight;
  }

  #startAll(flights: readonly Flight[]): void {
    const { engine, maxKeyLength } = this.#options;
    const read = flights.filter(({ key }) => key.length <= maxKeyLength);
    for (const flight of flights) if (flight.key.length > maxKeyLength) flight.startAlone();
    if (read.length === 1) read[0]?.start();
    else engine.readMany(read);
  }

  #wait(key: string, ends: Partial<CallEnds> & ReadEnds & SoftEnd, join: (caller: Caller) => void): Promise<unknown> {
    const { clock } = this.#options;
    const { signal, timeout, softTimeout } = ends;
    return new Promise((resolve, reject) => {
      const caller = new Caller(resolve, reject, currentLoad(), ends.takesStale);
      join(caller);
      if (caller.settled || (signal === undefined && timeout === undefined && softTimeout === undefined)) return;
      const leave = (reason: unknown, isTired: boolean) => {
        const { flight } = caller;
        caller.fail(reason);
        if (isTired) flight?.tire(caller, reason);
        else flight?.leave(caller, reason);
      };
      const stop = signal && onAbort(signal, () => leave(signal.reason, false));
      const timer = timeout && clock.setTimeout(() => leave(new LoadTimeoutError(key, timeout), true), timeout);
      const soft = softTimeout && clock.setTimeout(() => caller.flight?.overdue(caller), softTimeout);
      caller.onSettled = () => {
        stop?.();
        if (timer !== undefined) clock.clearTimeout(timer);
        if (soft !== undefined) clock.clearTimeout(soft);
      };
    });
  }
}

const staleOf = ({ failSafe }: Policy) => ({ takesStale: failSafe !== undefined, softTimeout: failSafe?.softTimeout });
