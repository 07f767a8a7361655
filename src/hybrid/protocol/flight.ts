import type { LeaseReply } from '../../core/capabilities.js';
import type { LoadPlan } from '../plan.js';
import type { Caller } from './caller.js';
import { FallingBack } from './falling-back.js';
import type { Found, Loaded, Missing, Stale } from './values.js';

/**
 * One record of protocol.md's table "State of a key in one process": what is under way for a key, and who waits for it. Its
 * methods are the table's columns, events come in and actions go out, each in one turn of the event loop without an
 * `await`; the numbers in brackets are those of the rules.
 */
export class Flight extends FallingBack {
  /** Whether it was told that nothing was found. */
  #isMissed = false;
  /** The token of this process's own load, where it asks whether that still holds. */
  #mine: string | undefined;

  protected get self(): Flight {
    return this;
  }

  // Column "call".

  /** A call that wants the value, loaded if need be. */
  join(caller: Caller, plan: LoadPlan): void {
    if (!caller.waitFor(this)) return;
    this.plan ??= plan;
    if (this.joinable === 'late') this.callers.addLate(caller);
    else this.callers.add(caller);
  }

  /** A call that takes what is found. */
  joinReading(caller: Caller): void {
    if (caller.waitFor(this)) this.callers.addReader(caller);
  }

  /** Not for one whose read goes together with that of others. */
  start(): void {
    this.actions.read(this);
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
    else this.#acquire(value.start, value);
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

  /** @param keepsValue - Whether what was stored by then may still be served past its end: `expire` takes nothing away. */
  ownOperation(keepsValue: boolean): void {
    this.#mark();
    if (this.isLoading) this.willCommit = false;
    if (!keepsValue) this.fallback.drop();
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
    const verdict = this.actions.judge(value);
    if (verdict === 'cold') {
      this.state = 'tagRead';
      this.actions.lookAtTags(this, value);
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
    if (isValid && value.isStale) {
      this.#foundStale(value);
    } else if (isValid && this.isRefresh && this.actions.isDue(value)) {
      this.#acquire(value.start, value);
    } else if (isValid) {
      this.actions.hit(this);
      if (!this.marked) this.actions.keep(this, value);
      this.isFresh = true;
      const isDue = this.plan !== undefined && this.actions.isDue(value);
      for (const caller of this.finish()) caller.take(value.held);
      if (isDue) this.actions.refresh(this, value);
    } else {
      this.#missed(value.start);
    }
  }

  /** What was found is past its end. */
  #foundStale(value: Found): void {
    if (!this.marked) this.actions.keep(this, value);
    const isThrottled = this.actions.isThrottled(value);
    this.serve(this.callers.takeForStale(isThrottled), value, isThrottled ? 'throttled' : 'allowed');
    if (this.isRefresh || !this.callers.areGone) this.#missed(value.start, value);
    else this.end();
  }

  #missed(replace: Uint8Array | undefined, stale?: Found): void {
    if (!this.#isMissed) this.actions.missed(this);
    this.#isMissed = true;
    // A fail-open cache that is down finds nothing, too.
    this.#serveReaders(({ isUnheard }) => isUnheard === true);
    for (const reader of this.callers.takeReaders()) reader.answer(undefined);
    this.#acquire(replace, stale);
  }

  /** Those who only read get the copy of this process, if they take it past its end. */
  #serveReaders(is: (copy: Stale) => boolean): void {
    const copy = this.callers.haveReaders ? this.fallback.copy : undefined;
    if (copy && is(copy)) this.serve(this.callers.takeForStale(false), copy, 'allowed');
  }

  /**
   * Begins anew: what is asked now is read after all that happened so far.
   *
   * @param stale - What was just read and is to be replaced, to fall back on.
   */
  #acquire(replace: Uint8Array | undefined, stale?: Found): void {
    if (this.state === 'waiting') this.actions.stopWaiting(this);
    if (!this.isWanted) {
      this.end();
      return;
    }
    this.state = 'acquiring';
    this.fallback.wasRead(stale);
    this.marked = false;
    this.joinable = this.isRefresh ? 'no' : 'yes';
    this.token = undefined;
    this.callers.admitLate();
    this.#mine = this.actions.tokenOf(this.key, this);
    this.actions.acquire(this, replace, this.#mine);
  }

  /** @param found - What the reply's value is read as, where it has one. */
  wasAcquired(reply: LeaseReply, found: Found | Missing | undefined): void {
    if (this.state !== 'acquiring') {
      // It was abandoned meanwhile, and nobody will load under this lease.
      if (reply.kind === 'lease') this.actions.release(this, reply.token);
      return;
    }
    if (found !== undefined) {
      if (found.held === undefined) this.#acquire(found.start);
      else this.#judge(found);
    } else if (reply.kind === 'lease') {
      this.token = reply.token;
      this.grantedAt = reply.grantedAt;
      this.fallback.granted(reply.hasValue);
      this.#load();
    } else if (this.isRefresh) {
      // Another loads it already, or nothing could be stored.
      this.end();
    } else if (reply.kind === 'busy') {
      if (this.marked || !this.isWanted) this.#acquire(undefined);
      else this.#wait(reply.remaining);
    } else if (reply.kind === 'own') {
      this.#moveToOwn();
    } else {
      this.#loadWithoutLease();
    }
  }

  /** The backend could not be asked: it is loaded without a lease; who only reads hears of it. */
  notAnswered(error: unknown): void {
    if (this.settled) return;
    this.#serveReaders(() => true);
    for (const reader of this.callers.takeReaders()) reader.fail(error);
    if (this.isLoading) {
      // Nothing is known of the tags: those who came late can't have this value.
      for (const caller of this.finish()) caller.fail(error);
    } else if (this.callers.wantLoad && !this.isRefresh) {
      this.token = undefined;
      this.#loadWithoutLease();
    } else {
      this.end();
    }
  }

  #loadWithoutLease(): void {
    this.fallback.notGranted();
    this.#load();
  }

  /** Nothing happened since the grant of this process's own load: its callers may have its value after all (13). */
  #moveToOwn(): void {
    const { marked } = this;
    const own = this.actions.loading(this.key, this.#mine as string);
    if (own === undefined) {
      this.#acquire(undefined);
    } else {
      const callers = this.finish();
      if (!marked && own.joinable === 'no') own.joinable = 'late';
      // Somebody waits for it now: it is a load like any other.
      own.isRefresh = false;
      for (const caller of callers) if (!caller.settled && caller.waitFor(own)) own.callers.addLate(caller);
    }
  }

  #load(): void {
    if (!this.isWanted) {
      this.release();
      this.end();
      return;
    }
    this.state = 'loading';
    // A lease whose grant was overtaken can't be joined from the start; its own echo is a message like any other (10, 14).
    this.joinable = this.marked || this.isRefresh ? 'no' : 'yes';
    this.marked = false;
    this.adapted = undefined;
    this.isNotToBeStored = false;
    this.validators = undefined;
    this.willCommit = true;
    this.tagsChanged = false;
    this.actions.load(this);
    this.relieve();
  }

  /** @param isStorable - Whether it may be stored at all. */
  wasLoaded(value: Loaded, isStorable: boolean): void {
    if (this.state !== 'loading') return;
    const { token } = this;
    if (token !== undefined && this.willCommit && isStorable) {
      // What came before the sending does not matter, if the commit is accepted (9).
      this.marked = false;
      this.state = 'committing';
      this.actions.commit(this, token, value);
    } else {
      this.release();
      this.#loaded(value, false, isStorable);
    }
  }

  /** The factory gave what is not stored, like `undefined`. */
  wasLoadedAs(value: unknown): void {
    if (this.state !== 'loading') return;
    this.release();
    for (const caller of this.finish()) caller.answer(value);
  }

  wasCommitted(value: Loaded, isStored: boolean): void {
    if (this.state === 'committing') this.#loaded(value, isStored, true);
  }

  /** The value past its end was stored again, for its factory failed. */
  wasCommittedAgain(value: Found, isStored: boolean): void {
    if (this.state === 'committing') this.#loaded(value, isStored, false);
  }

  #loaded(value: Found, isStored: boolean, isStorable: boolean): void {
    this.isFresh = isStored && !value.isStale;
    if (!this.marked && isStored) this.actions.keep(this, value);
    else if (!this.marked && this.token === undefined && isStorable) this.actions.keepForAWhile(this, value);
    const callers = this.callers.takeEarly();
    if (value.isStale) this.serve(callers, value, 'failed');
    else for (const caller of callers) caller.take(value.held);
    this.state = 'committing';
    this.joinable = 'no';
    const verdict = this.callers.haveLate ? this.actions.judge(value) : 'valid';
    if (verdict === 'cold') this.actions.lookAtTags(this, value);
    else this.#lateJudged(value, verdict === 'valid');
  }

  /** Who joined after a tag's removal takes the value only if it was begun after it (20). */
  #lateJudged(value: Found, isValid: boolean): void {
    if (isValid) for (const caller of this.finish()) caller.take(value.held);
    else this.#acquire(value.start);
  }

  #wait(ms: number): void {
    this.state = 'waiting';
    this.actions.wait(this, ms);
    this.onDecided?.();
    this.relieve();
  }

  timeIsUp(): void {
    if (this.state === 'waiting') this.#acquire(undefined);
  }
}
