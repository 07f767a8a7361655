import type { Deadlines } from '../../../core/deadlines.js';
import { CacheClosedError } from '../../../core/errors.js';
import type { Signal } from '../../../core/signal.js';
import { batchMost } from '../batches.js';
import type { Link } from '../link.js';
import { backendError, busyError, connectionLost, fullError, timeoutError } from '../redis-error.js';
import { DirectCall, ReadCall, unsettled, WriteCall, type WriteKind } from './call.js';
import type { Reader } from './reader.js';
import { type Connection, Tick, type TickHost } from './tick.js';
import type { Writer } from './writer.js';

// What the values of sets that wait for a connection may take together.
const maxQueuedBytes = 64 * 1024 * 1024;

declare const process: { nextTick(run: () => void): void } | undefined;

/** Runs `flush` once all that goes on in this tick is done: no timer is waited for. */
const afterThisTick: (flush: () => void) => void =
  typeof process === 'object' && typeof process.nextTick === 'function' ? process.nextTick : queueMicrotask;

/** What a {@link Lane} is made of. */
export interface LaneOptions {
  /** The cache's name, for the error after its end. */
  readonly name: string;
  readonly link: Link;
  readonly reader: Reader;
  readonly writer: Writer;
  /** How many calls may wait. */
  readonly maxPending: number;
  /** After how long without any answer a connection counts as dead, in ms. */
  readonly silenceMs: number;
}

/**
 * The one way to Redis. What is asked for in one tick is sent at its end, together where that is faster. While there is no
 * connection it waits here, where an abort or a deadline can still take it out. The order of a caller's set and get of
 * one key is kept.
 */
export class Lane implements TickHost {
  readonly #options: LaneOptions;
  /** The ticks of this turn of the event loop, in order. */
  #turn: Tick[] = [];
  /** What waits for a connection. */
  readonly #queue = new Set<Tick>();
  #queuedBytes = 0;
  #connection: Connection = { unanswered: 0, isLost: false };
  /** The deadlines under which something was asked for. */
  readonly #deadlines = new Set<Deadlines>();
  #lastDeadlines: Deadlines | undefined;
  /** How many ticks were sent and are waited for. */
  #inFlight = 0;
  /** Calls whose work is not over: not sent, or not answered by the client, be the call itself settled or not. */
  #pending = 0;
  #sent = 0;
  /** The last tick of which something was answered. */
  #answered = 0;
  /** Since when nothing was answered, as far as deadlines have shown. */
  #silentSince: number | undefined;
  #closed = false;
  #idle: (() => void) | undefined;
  readonly #flushLater = () => this.#flush();

  constructor(options: LaneOptions) {
    this.#options = options;
    options.link.onChange(() => this.#wake());
  }

  /** @param borrow - Whether the reader may be handed the reply's own bytes. */
  read(
    key: string,
    deadlines: Deadlines,
    signal: Signal | undefined,
    borrow: boolean,
  ): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.#admit();
      const open = this.#open(deadlines);
      const tick = open.writesKey(key) ? this.#begin(deadlines) : open;
      tick.read(new ReadCall(key, resolve, reject, signal, borrow));
      if (tick.reads.length === batchMost) this.#sendFull(tick);
    });
  }

  /** A set, a removal or a touch. */
  write(
    kind: WriteKind,
    key: string,
    deadlines: Deadlines,
    signal?: Signal | undefined,
    life = '',
    value?: Uint8Array,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#admit();
      this.#open(deadlines).write(new WriteCall(kind, key, life, value, resolve, reject, signal));
    });
  }

  /** Runs what is sent on its own, after all that was asked for before it. */
  run<Result>(
    run: (tick: Tick) => Promise<Result>,
    deadlines: Deadlines,
    signal?: Signal | undefined,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#admit();
      const settle = resolve as (result: unknown) => void;
      this.#begin(deadlines).alone(new DirectCall(run, settle, reject, signal));
    });
  }

  /** @throws CacheClosedError */
  checkOpen(): void {
    if (this.#closed) throw new CacheClosedError(this.#options.name);
  }

  /** Refuses new calls, ends those that wait for a connection, and resolves when the others are settled: at their deadline. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#flush();
    this.#failQueue(new CacheClosedError(this.#options.name));
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    // What nobody waits for any more would hold up the end of a connection for as long as the server says nothing.
    if (this.#connection.unanswered > 0) this.#options.link.suspect();
  }

  finished(tick: Tick): void {
    if (tick.sent > 0) {
      if (--this.#inFlight === 0) this.#idle?.();
      return;
    }
    if (!this.#queue.delete(tick)) return;
    this.#queuedBytes -= tick.bytes;
    this.#release(tick.size);
  }

  expired(tick: Tick): Error {
    const { link } = this.#options;
    if (tick.sent === 0) queueMicrotask(() => link.overdue());
    else if (this.#answered < tick.sent) this.#hearNothing(tick);
    return timeoutError(tick.deadlines.ms, link.lastError);
  }

  /** Nothing at all was answered since the tick was sent: the connection may be dead, and what waits in the client piles up. */
  #hearNothing(tick: Tick): void {
    const { link, silenceMs } = this.#options;
    const now = performance.now();
    this.#silentSince ??= now - tick.deadlines.ms;
    // A deadline may be far shorter than a pause of a server that is well.
    if (now - this.#silentSince < silenceMs) return;
    this.#silentSince = undefined;
    // Later, so that what ends at this moment says that it is for want of time.
    queueMicrotask(() => link.suspect());
  }

  #admit(): void {
    this.checkOpen();
    const { maxPending } = this.#options;
    if (this.#pending >= maxPending) throw busyError(maxPending);
    this.#pending++;
  }

  #release(calls: number): void {
    this.#pending -= calls;
  }

  /** The tick that a call may join. */
  #open(deadlines: Deadlines): Tick {
    const last = this.#turn.at(-1);
    return last !== undefined && last.deadlines === deadlines && last.direct === undefined
      ? last
      : this.#begin(deadlines);
  }

  #begin(deadlines: Deadlines): Tick {
    const tick = new Tick(deadlines, this);
    if (deadlines !== this.#lastDeadlines) this.#remember(deadlines);
    if (this.#turn.push(tick) === 1) afterThisTick(this.#flushLater);
    return tick;
  }

  #remember(deadlines: Deadlines): void {
    this.#lastDeadlines = deadlines;
    this.#deadlines.add(deadlines);
  }

  /**
   * So many reads are sent before the rest of the turn is asked for, where the server has nothing to do: it works on them
   * meanwhile, and from then on, as each part's callers ask again, while this process works on the other part.
   */
  #sendFull(tick: Tick): void {
    const { link } = this.#options;
    const isAll = this.#turn.length === 1 && tick.writes.length === 0;
    // In a Cluster it is the reads of a slot that share a call.
    if (isAll && this.#inFlight === 0 && link.isOpen && !link.isSlotted) this.#flush();
  }

  #flush(): void {
    const turn = this.#turn;
    this.#turn = [];
    const last = turn.at(-1);
    for (const tick of turn) {
      tick.isFollowed = tick !== last;
      if (this.#options.link.isOpen) this.#send(tick);
      else this.#wait(tick);
    }
  }

  #wait(tick: Tick): void {
    if (tick.waiting === 0) {
      this.#release(tick.size);
      return;
    }
    const { link } = this.#options;
    this.#queue.add(tick);
    this.#queuedBytes += tick.bytes;
    const refusal = link.refusal ?? (this.#queuedBytes > maxQueuedBytes ? fullError(maxQueuedBytes) : undefined);
    if (refusal !== undefined) tick.fail(refusal);
    link.ensure();
  }

  #wake(): void {
    const { link } = this.#options;
    if (link.isOpen) {
      const queued = [...this.#queue];
      this.#queue.clear();
      this.#queuedBytes = 0;
      // The connection is new, and the server was just given every script.
      for (const tick of queued) this.#send(tick);
    } else {
      this.#abandon();
      if (link.refusal !== undefined) this.#failQueue(link.refusal);
    }
  }

  #failQueue(error: Error): void {
    for (const tick of [...this.#queue]) tick.fail(error);
  }

  #send(tick: Tick): void {
    // An abort may have taken calls out, or all of them, before they were sent.
    if (tick.waiting < tick.size) this.#release(tick.size - tick.waiting);
    if (tick.waiting === 0) return;
    const { reader, writer } = this.#options;
    const { direct, waiting } = tick;
    tick.sent = ++this.#sent;
    this.#inFlight++;
    tick.connection = this.#connection;
    this.#connection.unanswered += waiting;
    if (direct !== undefined) this.#sendAlone(direct, tick);
    const isWhole = waiting === tick.size;
    const reads = isWhole ? tick.reads : unsettled(tick.reads);
    const writes = isWhole ? tick.writes : unsettled(tick.writes);
    if (reads.length > 0) reader.send(reads, tick);
    if (writes.length > 0) writer.send(writes, tick);
  }

  answered(tick: Tick, calls: number): void {
    if (tick.sent > this.#answered) this.#answered = tick.sent;
    this.#silentSince = undefined;
    const connection = tick.connection as Connection;
    if (connection.isLost) return;
    connection.unanswered -= calls;
    this.#release(calls);
  }

  /**
   * The connection was lost. A client that does not send again what was under way may never settle it either (ioredis 5
   * and 6: redis/ioredis#2193), so those calls end here; another answers them later, or their deadline ends them.
   */
  #abandon(): void {
    const { link } = this.#options;
    const lost = this.#connection;
    lost.isLost = true;
    this.#release(lost.unanswered);
    this.#connection = { unanswered: 0, isLost: false };
    if (link.sendsAgain) return;
    for (const deadlines of this.#deadlines) {
      for (const waiting of deadlines.waiting()) {
        if (waiting instanceof Tick && waiting.connection === lost) waiting.fail(connectionLost(link.lastError));
      }
    }
  }

  #sendAlone(call: DirectCall, tick: Tick): void {
    call.run(tick).then(
      (result) => {
        tick.answered(1);
        call.succeed(result);
      },
      (error: unknown) => {
        tick.answered(1);
        call.fail(backendError(error));
      },
    );
  }
}
