import type { DeadlineSlot, Deadlines, Expirable } from '../../core/deadlines.js';
import { BackendError, ErrorCode } from '../../core/errors.js';
import type { BackendOperation } from '../../core/events.js';
import type { Signal } from '../../core/signal.js';

/**
 * How a call may reach the backend: as one of many, in the era of this number; as the probe; without its failure being
 * counted, because the backend is still being connected to for the first time; or not at all.
 */
export type Pass = number | 'probe' | 'uncounted' | 'skip';

/** What a call of the backend is about. */
export interface CallSubject {
  readonly operation: BackendOperation | 'replay';
  /** The keys, the prefix, or none. */
  readonly keys: string | readonly string[];
  readonly pass: Pass;
  /** The caller's. */
  readonly signal?: Signal | undefined;
}

/** One call of the backend, and what follows from each way it can end. */
export interface Call<T> extends CallSubject {
  /** Sends it. */
  readonly send: () => Promise<T>;
  /** It was carried out in time. */
  readonly done?: ((value: T) => void) | undefined;
  /** It failed, or was given up: what the caller gets. @throws What the caller gets instead */
  readonly failed: (error: unknown) => T;
  /** It was given up, and came to an end later. Without a value it failed then. */
  readonly late?: ((value?: T) => void) | undefined;
}

/** Where an {@link Attempt} reports to. */
export interface Judge {
  answered(call: CallSubject): void;
  /** The error that the caller is to see; `undefined` where the call fails open. */
  failed(call: CallSubject, error: unknown): { readonly error: unknown } | undefined;
}

/** One call under its deadline. It ends once; how it ends after it was given up is told to the call alone. */
export class Attempt<T> implements Expirable {
  readonly outcome: Promise<T>;
  before: Expirable | undefined = undefined;
  after: Expirable | undefined = undefined;
  readonly #call: Call<T>;
  readonly #judge: Judge;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  /** Where its deadline waits; `undefined` once it is over. */
  #slot: DeadlineSlot | undefined;

  constructor(call: Call<T>, judge: Judge, deadlines: Deadlines) {
    this.#call = call;
    this.#judge = judge;
    this.outcome = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#slot = deadlines.add(this);
    try {
      call.send().then(
        (value) => this.#done(value),
        (error: unknown) => this.#failed(error),
      );
    } catch (error) {
      // No method of ours throws synchronously; one of somebody else's backend may.
      this.#failed(error);
    }
  }

  expire(): void {
    this.#slot = undefined;
    this.#fail(new BackendError(ErrorCode.timeout, `'${this.#call.operation}' took longer than its deadline.`));
  }

  #done(value: T): void {
    if (!this.#end()) {
      this.#call.late?.(value);
      return;
    }
    // First what it did, then what follows from the answer: the backend may be used again from here on.
    this.#call.done?.(value);
    this.#judge.answered(this.#call);
    this.#resolve(value);
  }

  #failed(error: unknown): void {
    if (this.#end()) this.#fail(error);
    else this.#call.late?.();
  }

  #fail(error: unknown): void {
    const shown = this.#judge.failed(this.#call, error);
    if (shown !== undefined) {
      this.#reject(shown.error);
      return;
    }
    try {
      this.#resolve(this.#call.failed(error));
    } catch (refusal) {
      this.#reject(refusal);
    }
  }

  /** Whether this is its end: not if it was given up before. */
  #end(): boolean {
    if (this.#slot === undefined) return false;
    this.#slot.delete(this);
    this.#slot = undefined;
    return true;
  }
}
