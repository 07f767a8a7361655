import type { DeadlineSlot, Deadlines, Expirable } from '../../../core/deadlines.js';
import type { Call, DirectCall, ReadCall, WriteCall } from './call.js';

/** What one connection has yet to answer. */
export interface Connection {
  /** How many calls. */
  unanswered: number;
  /** Whether it was lost: what comes in for it later counts no more. */
  isLost: boolean;
}

/** Where ticks are kept. */
export interface TickHost {
  /** Nobody waits for the tick any more. */
  finished(tick: Tick): void;
  /** The tick's time is over: gives the error for those who wait. */
  expired(tick: Tick): Error;
  /** The client has answered so many of the tick's calls. */
  answered(tick: Tick, calls: number): void;
}

/**
 * What was asked for in one tick under one deadline: it is sent together, reads first. A read of a key that is written in
 * the same tick begins another one, and so does what is sent on its own.
 */
export class Tick implements Expirable {
  readonly reads: ReadCall[] = [];
  readonly writes: WriteCall[] = [];
  direct: DirectCall | undefined;
  /** Whether something that was asked for later in the same turn of the event loop is sent right behind it. */
  isFollowed = false;
  /** How many of its calls are not settled. */
  waiting = 0;
  /** How much memory the values to write take. */
  bytes = 0;
  before: Expirable | undefined = undefined;
  after: Expirable | undefined = undefined;
  /** Its place among the ticks that were handed to the client; 0 before. */
  sent = 0;
  /** The connection that it was sent over. */
  connection: Connection | undefined;
  /** When its first write, or what is sent on its own, was asked for, by the monotonic clock. */
  #begun = 0;
  readonly #slot: DeadlineSlot;
  /** Made when a read asks for it. */
  #writtenKeys: Set<string> | undefined;

  constructor(
    readonly deadlines: Deadlines,
    readonly host: TickHost,
  ) {
    this.#slot = deadlines.add(this);
  }

  /** How many calls it has, settled ones too. */
  get size(): number {
    return this.reads.length + this.writes.length + (this.direct === undefined ? 0 : 1);
  }

  /**
   * Until when its writes have to be carried out, by the monotonic clock. Not the whole deadline: whoever was told that a
   * write was given up may rely on it from that moment on (protocol rule 7).
   */
  get writesEnd(): number {
    return this.#begun + this.deadlines.soonestMs;
  }

  read(call: ReadCall): void {
    call.join(this);
    this.reads.push(call);
  }

  write(call: WriteCall): void {
    call.join(this);
    if (this.writes.push(call) === 1) this.#begun = performance.now();
    this.bytes += call.value?.byteLength ?? 0;
    this.#writtenKeys?.add(call.key);
  }

  alone(call: DirectCall): void {
    call.join(this);
    this.direct = call;
    this.#begun = performance.now();
  }

  /** Whether a read of the key would have to see what this tick writes. */
  writesKey(key: string): boolean {
    if (this.writes.length === 0) return false;
    this.#writtenKeys ??= new Set(this.writes.map((call) => call.key));
    return this.#writtenKeys.has(key);
  }

  /** One of its calls is settled. */
  left(): void {
    if (--this.waiting > 0) return;
    this.#slot.delete(this);
    this.host.finished(this);
  }

  /** The client has answered so many of its calls. */
  answered(calls: number): void {
    this.host.answered(this, calls);
  }

  expire(): void {
    this.fail(this.host.expired(this));
  }

  fail(error: unknown): void {
    const calls: Pick<Call<never>, 'fail'>[] = [...this.reads, ...this.writes];
    if (this.direct !== undefined) calls.push(this.direct);
    for (const call of calls) call.fail(error);
  }
}
