import type { LeaseReply } from '../../core/capabilities.js';
import type { LoadPlan, Policy } from '../plan.js';
import type { FlightActions } from './actions.js';
import type { Caller } from './caller.js';
import { Callers } from './callers.js';
import { FlightRecord } from './record.js';
import type { Found, Loaded, Missing } from './values.js';

/**
 * One record of protocol.md's table "State of a key in one process": what is under way for a key, and who waits for it. Its
 * methods are the table's columns, events come in and actions go out, each in one turn of the event loop without an
 * `await`; the numbers in brackets are those of the rules.
 */
export class Flight extends FlightRecord {
  readonly #callers = new Callers();
  /** Whether it was told that nothing was found. */
  #isMissed = false;
  /** The token of this process's own load, where it asks whether that still holds. */
  #mine: string | undefined;
  readonly #actions: FlightActions;

  /** @param policy - That of the call which starts it: how what is found is read. */
  constructor(key: string, policy: Policy, actions: FlightActions) {
    super(key, policy);
    this.#actions = actions;
  }

  // Column "call".

  /** A call that wants the value, loaded if need be. */
  join(caller: Caller, plan: LoadPlan): void {
    if (!caller.waitFor(this)) return;
    this.plan ??= plan;
    if (this.joinable === 'late') this.#callers.addLate(caller);
    else this.#callers.add(caller);
  }

  /** A call that takes what is found. */
  joinReading(caller: Caller): void {
    if (caller.waitFor(this)) this.#callers.addReader(caller);
  }

  /** Not for one whose read goes together with that of others. */
  start(): void {
    this.#actions.read(this);
  }

  /** For a key that is not kept in any tier. */
  startAlone(): void {
    this.#load();
  }

  /**
   * Refreshes a value that still counts, in the background: nobody joins it, and where another process does the same it ends.
   *
   * @param value - What the distributed tier holds, if that was just read.
   */
  refresh(plan: LoadPlan, value: Found | undefined): void {
    this.isRefresh = true;
    this.plan = plan;
    this.joinable = 'no';
    if (value === undefined) this.start();
    else this.#refresh(value);
  }

  #refresh(value: Found): void {
    this.stale = value.held;
    this.#acquire(value.start);
  }

  // Columns "key message", "tag message", "null, loss, arming", "own set/remove".

  keyMessage(): void {
    this.#mark();
    if (this.state === 'waiting') this.#acquire(undefined);
  }

  tagEvent(tag: string): void {
    if (!this.isLoading) return;
    // Which tags the value will have, it may say itself.
    if (tag !== '*' && this.plan?.adapt === undefined && !this.policy.tags.includes(tag)) return;
    this.tagsChanged = true;
    if (this.joinable === 'yes') this.joinable = 'late';
  }

  ownOperation(): void {
    this.#mark();
    if (this.isLoading) this.willCommit = false;
  }

  #mark(): void {
    this.marked = true;
    this.joinable = 'no';
  }

  // Column "reply".

  wasRead(reply: Found | Missing): void {
    if (this.state !== 'reading') return;
    if (reply.held === undefined) this.#missed(reply.start);
    else this.#judge(reply);
  }

  #judge(value: Found): void {
    const verdict = this.#actions.judge(value);
    if (verdict === 'cold') {
      this.state = 'tagRead';
      this.#actions.lookAtTags(this, value);
    } else {
      this.#judged(value, verdict === 'valid');
    }
  }

  /** The times of the value's tags are known now. */
  tagsRead(value: Found, isValid: boolean): void {
    if (this.settled) return;
    if (this.isLoading) this.#lateJudged(value, isValid);
    else this.#judged(value, isValid);
  }

  #judged(value: Found, isValid: boolean): void {
    if (isValid && this.isRefresh && this.#actions.isDue(value)) {
      this.#refresh(value);
    } else if (isValid) {
      this.#actions.hit(this);
      if (!this.marked) this.#actions.keep(this, value);
      this.isFresh = true;
      const isDue = this.plan !== undefined && this.#actions.isDue(value);
      for (const caller of this.#finish()) caller.take(value.held);
      if (isDue) this.#actions.refresh(this, value);
    } else {
      this.#missed(value.start);
    }
  }

  #missed(replace: Uint8Array | undefined): void {
    if (!this.#isMissed) this.#actions.missed(this);
    this.#isMissed = true;
    for (const reader of this.#callers.takeReaders()) reader.answer(undefined);
    this.#acquire(replace);
  }

  /** Begins anew: what is asked now is read after all that happened so far. */
  #acquire(replace: Uint8Array | undefined): void {
    if (this.state === 'waiting') this.#actions.stopWaiting(this);
    if (!this.#isWanted) {
      this.#end();
      return;
    }
    this.state = 'acquiring';
    this.marked = false;
    this.joinable = this.isRefresh ? 'no' : 'yes';
    this.token = undefined;
    this.#callers.admitLate();
    this.#mine = this.#actions.tokenOf(this.key, this);
    this.#actions.acquire(this, replace, this.#mine);
  }

  /** @param found - What the reply's value is read as, where it has one. */
  wasAcquired(reply: LeaseReply, found: Found | Missing | undefined): void {
    if (this.state !== 'acquiring') {
      // It was abandoned meanwhile, and nobody will load under this lease.
      if (reply.kind === 'lease') this.#actions.release(this, reply.token);
      return;
    }
    if (found !== undefined) {
      if (found.held === undefined) this.#acquire(found.start);
      else this.#judge(found);
    } else if (reply.kind === 'lease') {
      this.token = reply.token;
      this.grantedAt = reply.grantedAt;
      this.#load();
    } else if (this.isRefresh) {
      // Another loads it already, or nothing could be stored.
      this.#end();
    } else if (reply.kind === 'busy') {
      if (this.marked || !this.#isWanted) this.#acquire(undefined);
      else this.#wait(reply.remaining);
    } else if (reply.kind === 'own') {
      this.#moveToOwn();
    } else {
      this.#load();
    }
  }

  /** The backend could not be asked: it is loaded without a lease; who only reads hears of it. */
  notAnswered(error: unknown): void {
    if (this.settled) return;
    for (const reader of this.#callers.takeReaders()) reader.fail(error);
    if (this.isLoading) {
      // Nothing is known of the tags: those who came late can't have this value.
      for (const caller of this.#finish()) caller.fail(error);
    } else if (this.#callers.wantLoad && !this.isRefresh) {
      this.token = undefined;
      this.#load();
    } else {
      this.#end();
    }
  }

  /** Nothing happened since the grant of this process's own load: its callers may have its value after all (13). */
  #moveToOwn(): void {
    const { marked } = this;
    const own = this.#actions.loading(this.key, this.#mine as string);
    if (own === undefined) {
      this.#acquire(undefined);
    } else {
      const callers = this.#finish();
      if (!marked && own.joinable === 'no') own.joinable = 'late';
      // Somebody waits for it now: it is a load like any other.
      own.isRefresh = false;
      for (const caller of callers) if (!caller.settled && caller.waitFor(own)) own.#callers.addLate(caller);
    }
  }

  #load(): void {
    if (!this.#isWanted) {
      this.#release();
      this.#end();
      return;
    }
    this.state = 'loading';
    // A lease whose grant was overtaken can't be joined from the start; its own echo is a message like any other (10, 14).
    this.joinable = this.marked || this.isRefresh ? 'no' : 'yes';
    this.marked = false;
    this.adapted = undefined;
    this.isNotToBeStored = false;
    this.willCommit = true;
    this.tagsChanged = false;
    this.#actions.load(this);
  }

  /** @param isStorable - Whether it may be stored at all. */
  wasLoaded(value: Loaded, isStorable: boolean): void {
    if (this.state !== 'loading') return;
    const { token } = this;
    if (token !== undefined && this.willCommit && isStorable) {
      // What came before the sending does not matter, if the commit is accepted (9).
      this.marked = false;
      this.state = 'committing';
      this.#actions.commit(this, token, value);
    } else {
      this.#release();
      this.#loaded(value, false, isStorable);
    }
  }

  /** The factory gave what is not stored, like `undefined`. */
  wasLoadedAs(value: unknown): void {
    if (this.state !== 'loading') return;
    this.#release();
    for (const caller of this.#finish()) caller.answer(value);
  }

  loadFailed(error: unknown): void {
    if (this.state !== 'loading') return;
    this.#release();
    for (const caller of this.#finish()) caller.fail(error);
  }

  wasCommitted(value: Loaded, isStored: boolean): void {
    if (this.state === 'committing') this.#loaded(value, isStored, true);
  }

  #loaded(value: Loaded, isStored: boolean, isStorable: boolean): void {
    this.isFresh = isStored;
    if (!this.marked && isStored) this.#actions.keep(this, value);
    else if (!this.marked && this.token === undefined && isStorable) this.#actions.keepForAWhile(this, value);
    for (const caller of this.#callers.takeEarly()) caller.take(value.held);
    this.state = 'committing';
    this.joinable = 'no';
    const verdict = this.#callers.haveLate ? this.#actions.judge(value) : 'valid';
    if (verdict === 'cold') this.#actions.lookAtTags(this, value);
    else this.#lateJudged(value, verdict === 'valid');
  }

  /** Who joined after a tag's removal takes the value only if it was begun after it (20). */
  #lateJudged(value: Found, isValid: boolean): void {
    if (isValid) for (const caller of this.#finish()) caller.take(value.held);
    else this.#acquire(value.start);
  }

  #wait(ms: number): void {
    this.state = 'waiting';
    this.#actions.wait(this, ms);
    this.onDecided?.();
  }

  timeIsUp(): void {
    if (this.state === 'waiting') this.#acquire(undefined);
  }

  #release(): void {
    if (this.token !== undefined) this.#actions.release(this, this.token);
  }

  /** Whether anybody wants it loaded. */
  get #isWanted(): boolean {
    return this.isRefresh || this.#callers.wantLoad;
  }

  /** A caller waits no longer, for want of time: what is being loaded for it is worth keeping all the same. */
  tire(caller: Caller, reason: unknown): void {
    if (this.state === 'loading') this.goesOn = true;
    this.leave(caller, reason);
  }

  /** A caller has gone. The last one takes the load with it, but not one that goes on without. */
  leave(caller: Caller, reason: unknown): void {
    this.#callers.delete(caller);
    if (this.isRefresh || this.goesOn || !this.#callers.areGone) return;
    if (this.state === 'waiting' || this.state === 'loading') this.abandon(reason);
  }

  /** Ends it, whatever it is doing, with an error for all. */
  abandon(error: unknown): void {
    if (this.state === 'waiting') this.#actions.stopWaiting(this);
    if (this.state === 'loading') this.#release();
    for (const caller of this.#finish()) caller.fail(error);
    this.abortFactory(error);
  }

  /** Ends it, and gives those who still wait. */
  #finish(): readonly Caller[] {
    const callers = this.#callers.takeAll();
    this.#end();
    return callers;
  }

  #end(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.joinable = 'no';
    this.#actions.ended(this);
    this.onDecided?.();
  }
}
