import type { LoadPlan, Policy } from '../../../src/hybrid/plan.js';
import type { FlightActions, Verdict } from '../../../src/hybrid/protocol/actions.js';
import { Caller } from '../../../src/hybrid/protocol/caller.js';
import { Flight } from '../../../src/hybrid/protocol/flight.js';
import { type Found, Held, type Loaded, type Stale } from '../../../src/hybrid/protocol/values.js';
import { jsonSerializer } from '../../../src/index.js';

const policy: Policy = {
  expiration: 60_000,
  localExpiration: 60_000,
  tags: ['t'],
  serializer: jsonSerializer,
  leaseDuration: 30_000,
  factoryTimeout: 300_000,
  jitter: 0,
  sharing: 'safe',
  eagerRefresh: 0,
  failSafe: undefined,
};
const plan: LoadPlan = { policy, run: () => undefined };

/** A value as the tiers hold it. */
export function found(value: unknown): Found {
  const payload = jsonSerializer.serialize(value);
  const start = new Uint8Array([1, 2, 3]);
  return {
    held: Held.of(payload, jsonSerializer, 'safe'),
    created: 5n,
    tags: ['t'],
    bytes: payload.length,
    expiresAt: 100,
    refreshAt: Infinity,
    isStale: false,
    staleUntil: -Infinity,
    retryAt: -Infinity,
    validators: undefined,
    life: undefined,
    start,
  };
}

export const loaded = (value: unknown): Loaded => ({ ...found(value), payload: jsonSerializer.serialize(value) });

/** One flight, what it has asked for since the last look, and what its callers got. */
export class Bench {
  flight: Flight;
  readonly plan = plan;
  /** What judgements say. */
  verdict: Verdict = 'valid';
  /** Whether what is found is due to be refreshed. */
  isDue = false;
  /** The copy of this process. */
  copy: Stale | undefined;
  /** Whether what is found past its end is not to be loaded yet. */
  isThrottled = false;
  /** The load of the same key that `mine` names, if there is one. */
  own: Flight | undefined;
  readonly got: unknown[] = [];
  readonly #actions: FlightActions;
  #log: string[] = [];

  constructor() {
    const log =
      (name: string) =>
      (...args: unknown[]) => {
        const told = args.slice(1).flatMap((arg) => {
          if (typeof arg === 'object' && arg !== null && 'held' in arg) return [String((arg as Found).held.take())];
          return arg instanceof Uint8Array || arg === undefined ? [] : [String(arg)];
        });
        this.#log.push([name, ...told].join(' '));
      };
    this.#actions = {
      read: log('read'),
      acquire: log('acquire'),
      judge: () => this.verdict,
      lookAtTags: log('lookAtTags'),
      load: log('load'),
      commit: log('commit'),
      release: log('release'),
      wait: log('wait'),
      stopWaiting: log('stopWaiting'),
      hit: log('hit'),
      missed: log('missed'),
      isDue: () => this.isDue,
      refresh: log('refresh'),
      keep: log('keep'),
      keepForAWhile: log('keepForAWhile'),
      loading: () => this.own,
      tokenOf: () => this.own?.token,
      ended: log('ended'),
      copyOf: () => this.copy,
      lookAtStale: log('lookAtStale'),
      isThrottled: () => this.isThrottled,
      throttle: log('throttle'),
      commitAgain: log('commitAgain'),
      staleServed: log('staleServed'),
    };
    this.flight = this.another();
  }

  another(): Flight {
    return new Flight('k', policy, this.#actions);
  }

  /** A call that joins. @param takesStale - Whether a value past its end will do. */
  call(name: string, flight = this.flight, takesStale = false): Caller {
    const caller = this.caller(name, takesStale);
    flight.join(caller, plan);
    return caller;
  }

  /** One that has not joined yet. */
  caller(name: string, takesStale: boolean): Caller {
    return new Caller(
      (value) => this.got.push(`${name}: ${value}`),
      (error) => this.got.push(`${name} fails: ${(error as Error).message}`),
      undefined,
      takesStale,
    );
  }

  /** What was asked for since the last look. */
  did(): string[] {
    const done = this.#log;
    this.#log = [];
    return done;
  }

  /** One that has come to this state, with one caller. */
  static in(state: 'reading' | 'acquiring' | 'tagRead' | 'loading' | 'committing' | 'waiting'): Bench {
    const bench = new Bench();
    const { flight } = bench;
    bench.call('first');
    flight.start();
    if (state === 'tagRead') {
      bench.verdict = 'cold';
      flight.wasRead(found('read'));
      bench.verdict = 'valid';
    } else if (state !== 'reading') {
      flight.wasRead({ start: undefined });
      if (state === 'waiting') flight.wasAcquired({ kind: 'busy', remaining: 50 }, undefined);
      else if (state !== 'acquiring') bench.grant();
      if (state === 'committing') flight.wasLoaded(loaded('loaded'), true);
    }
    if (flight.state !== state) throw new Error(`expected ${state}, got ${flight.state}`);
    bench.did();
    return bench;
  }

  grant(flight = this.flight, hasValue = false): void {
    flight.wasAcquired({ kind: 'lease', token: 'token', grantedAt: 7n, hasValue }, undefined);
  }
}
