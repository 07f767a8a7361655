import type { Policy } from '../plan.js';
import type { FlightActions } from './actions.js';
import type { Caller } from './caller.js';
import { Callers } from './callers.js';
import type { Flight } from './flight.js';
import { FlightRecord } from './record.js';

/** A flight as those who wait for it know it: they come and go, and it ends. */
export abstract class SharedFlight extends FlightRecord {
  protected readonly callers = new Callers();
  protected readonly actions: FlightActions;

  /** @param policy - That of the call which starts it: how what is found is read. */
  constructor(key: string, policy: Policy, actions: FlightActions) {
    super(key, policy);
    this.actions = actions;
  }

  protected abstract get self(): Flight;

  /** Whether anybody wants it loaded. */
  protected get isWanted(): boolean {
    return this.isRefresh || this.callers.wantLoad;
  }

  /** A caller waits no longer, for want of time: what is being loaded for it is worth keeping all the same. */
  tire(caller: Caller, reason: unknown): void {
    if (this.state === 'loading') this.goesOn = true;
    this.leave(caller, reason);
  }

  /** A caller has gone. The last one takes the load with it, but not one that goes on without. */
  leave(caller: Caller, reason: unknown): void {
    this.callers.delete(caller);
    this.left(reason);
  }

  /** Callers have gone. */
  protected left(reason: unknown): void {
    if (this.isRefresh || this.goesOn || !this.callers.areGone) return;
    if (this.state === 'waiting' || this.state === 'loading') this.abandon(reason);
  }

  /** Ends it, whatever it is doing, with an error for all. */
  abandon(error: unknown): void {
    if (this.state === 'waiting') this.actions.stopWaiting(this.self);
    if (this.state === 'loading') this.release();
    for (const caller of this.finish()) caller.fail(error);
    this.abortFactory(error);
  }

  protected release(): void {
    if (this.token !== undefined) this.actions.release(this.self, this.token);
  }

  /** Ends it, and gives those who still wait. */
  protected finish(): readonly Caller[] {
    const callers = this.callers.takeAll();
    this.end();
    return callers;
  }

  protected end(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.joinable = 'no';
    this.actions.ended(this.self);
    this.onDecided?.();
  }
}
