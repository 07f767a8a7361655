import type { Policy } from '../plan.js';
import type { FlightActions, StaleReason } from './actions.js';
import type { Caller } from './caller.js';
import { Fallback } from './fallback.js';
import { SharedFlight } from './shared-flight.js';
import type { Found, Stale } from './values.js';

/** A flight whose callers get a value past its end where its factory fails, or takes too long. */
export abstract class FallingBack extends SharedFlight {
  readonly fallback: Fallback;
  /** What its factory failed with. */
  #error: unknown;

  constructor(key: string, policy: Policy, actions: FlightActions) {
    super(key, policy, actions);
    this.fallback = new Fallback(key, actions);
  }

  loadFailed(error: unknown): void {
    if (this.state !== 'loading') return;
    this.#error = error;
    this.joinable = 'no';
    for (const caller of this.callers.takeWhere(({ takesStale }) => !takesStale)) caller.fail(error);
    if (this.callers.areGone) this.#fail();
    else this.#offer('failed');
  }

  /** A caller has waited as long as it wants to where there is a value past its end. */
  overdue(caller: Caller): void {
    caller.isOverdue = true;
    this.relieve();
  }

  /** Gives those who are overdue what there is. */
  protected relieve(): void {
    if (this.state !== 'committing' && this.callers.some(({ isOverdue }) => isOverdue)) this.#offer('timeout');
  }

  #offer(reason: 'failed' | 'timeout'): void {
    const stale = this.fallback.current;
    const verdict = stale === undefined ? 'invalid' : this.actions.judge(stale);
    if (verdict === 'cold') this.actions.lookAtStale(this.self, stale as Stale, reason);
    else this.staleJudged(stale, verdict === 'valid', reason);
  }

  /** It is known now whether the value counts by its tags. */
  staleJudged(stale: Stale | undefined, isValid: boolean, reason: StaleReason): void {
    if (this.state === 'ended' || this.state === 'committing') return;
    // An own set or removal may have taken it away meanwhile.
    const usable = isValid && this.fallback.current === stale ? stale : undefined;
    if (reason === 'timeout') this.#relieved(usable);
    else if (usable === undefined) this.#fail();
    else this.#fallBack(usable);
  }

  #relieved(stale: Stale | undefined): void {
    if (stale === undefined) return;
    this.serve(
      this.callers.takeWhere(({ isOverdue }) => isOverdue),
      stale,
      'timeout',
    );
    if (this.state === 'loading') this.goesOn = true;
    this.left(undefined);
  }

  #fallBack(stale: Stale): void {
    this.actions.throttle(this.self, stale);
    if (this.token !== undefined && this.willCommit && this.fallback.isGranted) {
      // Under the lease it is the last one still. What came before the sending does not matter, if it is accepted (9).
      this.marked = false;
      this.state = 'committing';
      this.actions.commitAgain(this.self, this.token, stale as Found);
    } else {
      this.release();
      this.serve(this.finish(), stale, 'failed');
    }
  }

  #fail(): void {
    this.release();
    for (const caller of this.finish()) caller.fail(this.#error);
  }

  protected serve(callers: readonly Caller[], { held }: Stale, reason: StaleReason): void {
    for (const caller of callers) {
      this.actions.staleServed(this.self, reason);
      caller.take(held);
    }
  }
}
