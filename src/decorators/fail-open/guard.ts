import type { Deadlines } from '../../core/deadlines.js';
import type { BackendState } from '../../core/door.js';
import { BackendError, CacheClosedError, ErrorCode } from '../../core/errors.js';
import type { EventListener } from '../../core/events.js';
import { abortable, throwIfAborted } from '../../core/signal.js';
import { Attempt, type Call, type CallSubject, type Judge, type Pass } from './attempt.js';
import type { Breaker } from './breaker.js';
import { isForCaller, meansDown } from './verdict.js';

/** What a {@link Guard} stands on. */
export interface GuardOptions {
  readonly name: string;
  readonly breaker: Breaker;
  readonly deadlines: Deadlines;
  /** How the backend can be reached, where that is known. */
  readonly state: (() => BackendState) | undefined;
  readonly emit: EventListener | undefined;
}

// A scan may rightly take longer than a deadline: that says nothing of the backend.
const scans = new Set(['removeByPrefix', 'keys']);

/** Lets calls through to the backend, or not; ends each by its deadline; and makes of a failure what it means. */
export class Guard implements Judge {
  readonly #options: GuardOptions;
  #isClosed = false;
  #isSilent = false;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** The way when all is well. `undefined`: look closer, by {@link enter}. */
  pass(): Pass | undefined {
    const { breaker, state } = this.#options;
    if (breaker.isOpen || this.#isClosed) return undefined;
    return state === undefined || state() === 'up' ? breaker.era : undefined;
  }

  /** Whether a call was given up at its deadline, and nothing was answered since: what can be done without is not waited for. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Who gets `'probe'` must make the call. */
  enter(operation: CallSubject['operation'], key: string): Pass {
    const { breaker, state } = this.#options;
    const now = state?.();
    if (breaker.isOpen) {
      if (!breaker.takeProbe()) return 'skip';
      if (now !== 'down') return 'probe';
      breaker.probeFailed();
      return 'skip';
    }
    if (now === 'connecting') return 'uncounted';
    if (now !== 'down') return breaker.era;
    const error = new BackendError(ErrorCode.backendUnavailable, `'${this.#options.name}' is not connected.`);
    this.#tell(operation, key, error);
    breaker.failed(error, breaker.era);
    return 'skip';
  }

  /** The outcome of a call that was let through. With a signal, its reason as soon as it is aborted; throws it if it is. */
  run<T>(call: Call<T>, deadlines = this.#options.deadlines): Promise<T> {
    throwIfAborted(call.signal);
    const { outcome } = new Attempt(call, this, deadlines);
    return call.signal === undefined ? outcome : abortable(outcome, call.signal);
  }

  answered({ pass }: CallSubject): void {
    this.#isSilent = false;
    if (pass === 'probe') this.#options.breaker.probeAnswered();
  }

  failed(call: CallSubject, error: unknown): { readonly error: unknown } | undefined {
    const { operation, keys, pass, signal } = call;
    const { breaker } = this.#options;
    const timedOut = error instanceof BackendError && error.code === ErrorCode.timeout;
    // What its caller aborted says nothing; but a backend that let it wait until its deadline does.
    const aborted = signal?.aborted === true;
    if (timedOut && !scans.has(operation)) this.#isSilent = true;
    const shown = (aborted && !timedOut) || isForCaller(error);
    const down = !shown && meansDown(error, call);
    // First what happened, then what follows from it.
    if (!shown && !aborted) this.#tell(operation, typeof keys === 'string' ? keys : (keys[0] ?? ''), error);
    if (pass === 'probe') {
      if (shown || down) breaker.probeFailed();
      else breaker.probeAnswered();
    } else if (down && typeof pass === 'number' && !(timedOut && scans.has(operation))) {
      breaker.failed(error, pass);
    }
    if (aborted) return { error: signal.reason };
    return shown ? { error } : undefined;
  }

  /** Resolves with the work, or at the deadline. */
  async atMost(work: Promise<unknown>): Promise<void> {
    const { deadlines } = this.#options;
    let over = () => {};
    const deadline = new Promise<void>((resolve) => {
      over = resolve;
    });
    const waiting = { expire: () => over() };
    const slot = deadlines.add(waiting);
    await Promise.race([work, deadline]);
    slot.delete(waiting);
  }

  checkOpen(): void {
    if (this.#isClosed) throw new CacheClosedError(this.#options.name);
  }

  close(): void {
    this.#isClosed = true;
  }

  #tell(operation: CallSubject['operation'], key: string, error: unknown): void {
    this.#options.emit?.({ type: 'backendFailed', cache: this.#options.name, key, operation, error });
  }
}
