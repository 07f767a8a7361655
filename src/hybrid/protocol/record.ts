import type { Signal } from '../../core/signal.js';
import type { Validators } from '../payload.js';
import type { LoadPlan, Policy } from '../plan.js';
import type { FlightState } from './actions.js';
import type { Caller } from './caller.js';

/** What is known of one flight. What becomes of it, `Flight` decides. */
export abstract class FlightRecord {
  state: FlightState = 'reading';
  /** Something happened to the key since the last command was sent: what comes of it is not kept (8). */
  marked = false;
  /** Whether later calls may join; `'late'`: those take the value only after a look at the tags (13, 20). */
  joinable: 'yes' | 'late' | 'no' = 'yes';
  /** How to load; given by the first call that wants that. */
  plan: LoadPlan | undefined;
  /** The lease that it loads under; without one nothing is stored (3). */
  token: string | undefined;
  /** The backend's time of the grant, in ticks (4). */
  grantedAt = 0n;
  /** When what it does now was begun: a read, the factory; by the monotonic clock in ms. */
  begunAt = 0;
  /** Whether no own operation on the key came since the factory began. */
  willCommit = true;
  /** Whether one of the value's tags was removed since the factory began. */
  tagsChanged = false;
  /** How what was loaded is stored, which may be other than what the call said. */
  adapted: Policy | undefined;
  /** The factory said so. */
  isNotToBeStored = false;
  /** Whether it goes on loading without callers: they would wait no longer, but what it gives is worth keeping. */
  goesOn = false;
  /** Whether it refreshes a value that still counts: it goes on without callers, and waits for nobody. */
  isRefresh = false;
  /** What the factory said of what it gave. */
  validators: Validators | undefined;
  /** Whether what it was for is in the tiers now: a value that is not due to be refreshed. */
  isFresh = false;
  /** What its factory asks for and waits for. */
  readonly asking = new Set<Caller>();
  /** Called when it is known that it will not load now. */
  onDecided: (() => void) | undefined;
  /** The timer of one that waits. */
  timer: unknown;
  readonly #policy: Policy;
  #abort: AbortController | undefined;

  /** @param policy - That of the call which starts it: how what is found is read. */
  constructor(
    readonly key: string,
    policy: Policy,
  ) {
    this.#policy = policy;
  }

  get policy(): Policy {
    return this.adapted ?? this.plan?.policy ?? this.#policy;
  }

  /** Whether a load is what it does. */
  get isLoading(): boolean {
    return this.state === 'loading' || this.state === 'committing';
  }

  get settled(): boolean {
    return this.state === 'ended';
  }

  /** Aborted when the last caller has gone. */
  get signal(): Signal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  /** Tells the factory that what it gives is wanted no more. */
  abortFactory(reason: unknown): void {
    this.#abort?.abort(reason);
  }
}
