import type { EventListener } from '../../../core/events.js';
import { batchesOf } from '../batches.js';
import { corruptEntry } from '../entry.js';
import type { Publisher } from '../invalidations/publisher.js';
import type { Link } from '../link.js';
import { backendError, isCommandRefusal, isKeyRefusal, replyCode, timeoutError } from '../redis-error.js';
import { set, touch } from '../scripts/scripts.js';
import { unsettled, type WriteCall } from './call.js';
import type { PlainCommands } from './plain-commands.js';
import { runScript, sendScript } from './script-call.js';
import type { Tick } from './tick.js';

/** What a {@link Writer} is made of. */
export interface WriterOptions {
  readonly name: string;
  readonly link: Link;
  readonly emit: EventListener | undefined;
  /** What is used where there are no scripts. */
  readonly plain: PlainCommands;
  /** Told the keys that may have been changed. */
  readonly publisher: Publisher;
  readonly callerKey: (redisKey: string) => string;
}

/** Sends sets, removals and touches, in the order in which they were asked for. */
export class Writer {
  readonly #options: WriterOptions;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** @param tick - Which is told how many of the calls the client has answered. */
  send(calls: readonly WriteCall[], tick: Tick): void {
    const runs = runsOf(calls);
    for (const run of runs) this.#run(run, tick, tick.isFollowed || run !== runs.at(-1));
  }

  /** @param run - Calls of one kind. */
  #run(run: readonly WriteCall[], tick: Tick, isFollowed: boolean): void {
    const { link } = this.#options;
    const { kind } = run[0] as WriteCall;
    if (kind === 'remove') this.#remove(run, tick);
    else if (!link.scripts) for (const call of run) this.#plainly(call, tick);
    else if (kind === 'touch') for (const batch of batchesOf(run, link)) void this.#touch(batch, tick, isFollowed);
    else for (const batch of batchesOf(run, link, sizeOf)) this.#set(batch, tick, isFollowed);
  }

  #set(calls: readonly WriteCall[], tick: Tick, isFollowed: boolean, again = false): void {
    const { link } = this.#options;
    const keys = calls.map((call) => call.key);
    const args: (string | Uint8Array)[] = [link.clock.notAfter(tick.writesEnd)];
    for (const { life, value } of calls) args.push(life, value as Uint8Array);
    sendScript(
      set,
      link.client,
      keys,
      args,
      isFollowed,
      (reply) => this.#wasSet(calls, keys, reply as SetReply, tick, isFollowed, again),
      (error) => this.#refused(calls, tick, error),
    );
  }

  #wasSet(
    calls: readonly WriteCall[],
    keys: readonly string[],
    reply: SetReply,
    tick: Tick,
    isFollowed: boolean,
    again: boolean,
  ): void {
    const { link } = this.#options;
    const time = typeof reply === 'number' ? reply : (reply[0] as number);
    link.clock.heard(Math.abs(time));
    if (time < 0) {
      // It refused itself. Where there is time left, what was known of the server's clock was too old; but what was sent
      // behind it may be carried out by now.
      if (!again && !isFollowed && tick.writesEnd > performance.now()) this.#set(calls, tick, isFollowed, true);
      else this.#failed(calls, timeoutError(tick.deadlines.ms, undefined), tick);
      return;
    }
    tick.answered(calls.length);
    this.#options.publisher.changed(keys);
    calls.forEach((call, i) => {
      const result = typeof reply === 'number' ? 1 : reply[i + 1];
      if (result instanceof Error) call.fail(backendError(result));
      else this.#stored(call);
    });
  }

  #plainly(call: WriteCall, tick: Tick): void {
    const { plain, publisher } = this.#options;
    const work = call.kind === 'set' ? plain.set(call) : plain.touch(call.key).then(() => true);
    work.then(
      () => {
        tick.answered(1);
        publisher.changed([call.key]);
        if (call.kind === 'set') this.#stored(call);
        else call.succeed();
      },
      (error: unknown) => this.#failed([call], error, tick),
    );
  }

  #stored(call: WriteCall): void {
    const { emit, name, callerKey } = this.#options;
    const bytes = (call.value as Uint8Array).byteLength;
    emit?.({ type: 'set', cache: name, key: callerKey(call.key), bytes });
    call.succeed();
  }

  #remove(calls: readonly WriteCall[], tick: Tick): void {
    const { emit, link } = this.#options;
    // Who listens is told of each entry that was there, and a command for several only counts them.
    const single = emit !== undefined || link.isSlotted;
    for (const some of single ? calls.map((call) => [call]) : [calls]) void this.#unlink(some, tick);
  }

  async #unlink(calls: readonly WriteCall[], tick: Tick): Promise<void> {
    const { emit, name, link, publisher, callerKey } = this.#options;
    const keys = calls.map((call) => call.key);
    try {
      const removed = await link.client.unlink(...keys);
      tick.answered(calls.length);
      if (removed > 0) publisher.changed(keys);
      for (const call of calls) {
        if (removed > 0) emit?.({ type: 'removed', cache: name, key: callerKey(call.key) });
        call.succeed();
      }
    } catch (error) {
      // There is no other way to remove.
      if (isCommandRefusal(error)) this.#failed(calls, error, tick);
      else this.#refused(calls, tick, error);
    }
  }

  async #touch(calls: readonly WriteCall[], tick: Tick, isFollowed: boolean): Promise<void> {
    const { emit, name, link, callerKey } = this.#options;
    try {
      const keys = calls.map((call) => call.key);
      const results = (await runScript(touch, link.client, keys, [], isFollowed)) as number[];
      tick.answered(calls.length);
      calls.forEach((call, i) => {
        const key = callerKey(call.key);
        if (results[i] !== 1)
          emit?.({ type: 'corrupt', cache: name, key, error: corruptEntry(key, 'not readable as one') });
        call.succeed();
      });
    } catch (error) {
      this.#refused(calls, tick, error);
    }
  }

  /** Nothing was done: what still waits is asked for again in another way, where there is one. */
  #refused(calls: readonly WriteCall[], tick: Tick, error: unknown): void {
    const { link } = this.#options;
    let singly = false;
    if (isCommandRefusal(error)) {
      link.refuseScripts(backendError(error));
    } else if (replyCode(error) === 'CROSSSLOT') {
      singly = link.isSlotted;
      link.refuseSlots(backendError(error));
    } else if (isKeyRefusal(error) && calls.length > 1) {
      // For one of the keys all were refused.
      singly = true;
    } else {
      this.#failed(calls, error, tick);
      return;
    }
    // What was given up meanwhile must not come late.
    const waiting = unsettled(calls);
    tick.answered(calls.length - waiting.length);
    if (singly) for (const call of waiting) this.send([call], tick);
    else if (waiting.length > 0) this.send(waiting, tick);
  }

  #failed(calls: readonly WriteCall[], error: unknown, tick: Tick): void {
    tick.answered(calls.length);
    // What failed may have been carried out all the same.
    this.#options.publisher.changed(calls.map((call) => call.key));
    for (const call of calls) call.fail(backendError(error));
  }
}

/** What the set script gives. */
type SetReply = number | readonly (number | Error)[];

const sizeOf = (call: WriteCall) => (call.value as Uint8Array).byteLength;

/** Neighbours of one kind. */
function runsOf(calls: readonly WriteCall[]): readonly (readonly WriteCall[])[] {
  const { kind } = calls[0] as WriteCall;
  if (calls.length === 1 || calls.every((call) => call.kind === kind)) return [calls];
  const runs: WriteCall[][] = [];
  for (const call of calls) {
    const run = runs.at(-1);
    if (run?.[0]?.kind === call.kind) run.push(call);
    else runs.push([call]);
  }
  return runs;
}
