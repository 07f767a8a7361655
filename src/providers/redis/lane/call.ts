import { onAbort, type Signal } from '../../../core/signal.js';
import type { Tick } from './tick.js';

/** One call that waits for Redis. It is settled exactly once, by whatever comes first: answer, deadline, abort, close. */
export class Call<Result> {
  settled = false;
  #tick: Tick | undefined;
  #stopListening: (() => void) | undefined;
  readonly #resolve: (result: Result) => void;
  readonly #reject: (error: unknown) => void;

  constructor(resolve: (result: Result) => void, reject: (error: unknown) => void, signal: Signal | undefined) {
    this.#resolve = resolve;
    this.#reject = reject;
    if (signal !== undefined) this.#stopListening = onAbort(signal, () => this.fail(signal.reason));
  }

  /** From now on the tick's deadline is the call's. */
  join(tick: Tick): void {
    if (this.settled) return;
    this.#tick = tick;
    tick.waiting++;
  }

  succeed(result: Result): void {
    if (this.#settle()) this.#resolve(result);
  }

  fail(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.#stopListening?.();
    this.#tick?.left();
    return true;
  }
}

/** A read of one key. */
export class ReadCall extends Call<Uint8Array | undefined> {
  constructor(
    readonly key: string,
    resolve: (value: Uint8Array | undefined) => void,
    reject: (error: unknown) => void,
    signal: Signal | undefined,
    /** Whether the reader may be handed the reply's own bytes. */
    readonly borrow: boolean,
  ) {
    super(resolve, reject, signal);
  }
}

/** What a write does. */
export type WriteKind = 'set' | 'remove' | 'touch';

/** A set, a removal or a touch of one key. */
export class WriteCall extends Call<void> {
  constructor(
    readonly kind: WriteKind,
    readonly key: string,
    /** The lifetime as the set script takes it. */
    readonly life: string,
    readonly value: Uint8Array | undefined,
    resolve: () => void,
    reject: (error: unknown) => void,
    signal: Signal | undefined,
  ) {
    super(resolve, reject, signal);
  }
}

/** Anything else: it is sent on its own, after all that was asked for before it. */
export class DirectCall extends Call<unknown> {
  constructor(
    readonly run: (tick: Tick) => Promise<unknown>,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
    signal: Signal | undefined,
  ) {
    super(resolve, reject, signal);
  }
}

/** Those that nobody has given up. */
export function unsettled<One extends { readonly settled: boolean }>(calls: readonly One[]): readonly One[] {
  return calls.some((call) => call.settled) ? calls.filter((call) => !call.settled) : calls;
}
