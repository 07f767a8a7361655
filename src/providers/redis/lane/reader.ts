import type { EventListener } from '../../../core/events.js';
import { batchesOf, isSingle } from '../batches.js';
import { corruptEntry, endOf, noEntry, windowOf } from '../entry.js';
import type { Link } from '../link.js';
import { backendError, isCommandRefusal, isKeyRefusal, replyCode } from '../redis-error.js';
import { read } from '../scripts/scripts.js';
import { type ReadCall, unsettled } from './call.js';
import { runScript } from './script-call.js';
import type { Tick } from './tick.js';

/** What a {@link Reader} is made of. */
export interface ReaderOptions {
  readonly name: string;
  readonly link: Link;
  readonly emit: EventListener | undefined;
  /** Restarts the window of a sliding entry that was read by a plain command. Nobody waits for it. */
  readonly touch: (key: string) => void;
  /** The key as the caller of the cache named it. */
  readonly callerKey: (redisKey: string) => string;
}

// After what several keys are read one by one: the server has its own idea of slots, or lets read and not write, which
// the touch of a sliding entry does.
const singlyAfter = ['CROSSSLOT', 'READONLY', 'MISCONF', 'NOREPLICAS'];

// From what length of values on, in bytes, reads go one by one: a script copies them, and holds up the server meanwhile.
const largeValue = 16 * 1024;

/** What a hash has under a name; `null` for nothing. */
type Field = Uint8Array | null;

/** Sends reads, and makes values of the replies. */
export class Reader {
  readonly #options: ReaderOptions;
  /** How long the values of late were, in bytes: each weighs an eighth of all before it. */
  #usualLength = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** @param tick - Which is told how many of the calls the client has answered. */
  send(calls: readonly ReadCall[], tick: Tick): void {
    const { link } = this.#options;
    if (!link.scripts || isSingle(calls, link) || this.#usualLength > largeValue) this.#each(calls, tick);
    else for (const batch of batchesOf(calls, link)) this.#some(batch, tick);
  }

  #some(calls: readonly ReadCall[], tick: Tick): void {
    if (calls.length === 1) this.#one(calls[0] as ReadCall, tick);
    else void this.#batch(calls, tick);
  }

  #each(calls: readonly ReadCall[], tick: Tick): void {
    for (const call of calls) this.#one(call, tick);
  }

  #one(call: ReadCall, tick: Tick): void {
    this.#options.link.client.hmgetBuffer(call.key, 'sldexp', 'data', 'absexp').then(
      (reply) => {
        tick.answered(1);
        this.#taken(call, reply as [Field, Field, Field]);
      },
      (error: unknown) => {
        tick.answered(1);
        this.#failed(call, error);
      },
    );
  }

  async #batch(calls: readonly ReadCall[], tick: Tick): Promise<void> {
    const { link } = this.#options;
    let found: (Uint8Array | null | number | Error)[];
    try {
      const keys = calls.map((call) => call.key);
      const isFollowed = tick.isFollowed || tick.writes.length > 0;
      found = (await runScript(read, link.client, keys, [], isFollowed)) as typeof found;
    } catch (error) {
      return this.#refused(calls, tick, error);
    }
    tick.answered(calls.length);
    for (let i = 0; i < calls.length; i++) {
      const call = calls[i] as ReadCall;
      const value = found[i];
      if (value === null || value === undefined) this.#missed(call);
      else if (value === noEntry) this.#corrupt(call, 'a hash without data, or with a time that is no number');
      else if (value instanceof Error) this.#failed(call, value);
      else this.#found(call, value as Uint8Array);
    }
  }

  /** The script gave nothing: what still waits is asked for again in another way, where there is one. */
  #refused(calls: readonly ReadCall[], tick: Tick, error: unknown): void {
    const { link } = this.#options;
    const waiting = unsettled(calls);
    tick.answered(calls.length - waiting.length);
    if (isCommandRefusal(error)) {
      link.refuseScripts(backendError(error));
      this.send(waiting, tick);
    } else if (replyCode(error) === 'CROSSSLOT' && !link.isSlotted) {
      link.refuseSlots(backendError(error));
      this.send(waiting, tick);
    } else if (isKeyRefusal(error) || singlyAfter.includes(replyCode(error))) {
      // For one of the keys all were refused, and one that is read alone is touched by a command of its own.
      this.#each(waiting, tick);
    } else {
      tick.answered(waiting.length);
      for (const call of waiting) this.#failed(call, error);
    }
  }

  #taken(call: ReadCall, [window, data, cap]: readonly [Field, Field, Field]): void {
    if (data === null) {
      if (window === null && cap === null) this.#missed(call);
      else this.#corrupt(call, 'a hash without data');
      return;
    }
    const kind = endOf(cap) === 'invalid' ? 'invalid' : windowOf(window);
    if (kind === 'some') this.#options.touch(call.key);
    if (kind === 'invalid') this.#corrupt(call, 'a hash with a time that is no number');
    else this.#found(call, data);
  }

  #found(call: ReadCall, data: Uint8Array): void {
    const { emit, name, callerKey } = this.#options;
    this.#usualLength += (data.byteLength - this.#usualLength) / 8;
    emit?.({ type: 'hit', cache: name, key: callerKey(call.key) });
    // A copy: the reply is a part of what came in at once, which others read too.
    call.succeed(call.borrow ? data : new Uint8Array(data));
  }

  #missed(call: ReadCall): void {
    const { emit, name, callerKey } = this.#options;
    emit?.({ type: 'miss', cache: name, key: callerKey(call.key), reason: 'absent' });
    call.succeed(undefined);
  }

  #corrupt(call: ReadCall, what: string): void {
    const { emit, name, callerKey } = this.#options;
    const key = callerKey(call.key);
    emit?.({ type: 'corrupt', cache: name, key, error: corruptEntry(key, what) });
    this.#missed(call);
  }

  #failed(call: ReadCall, error: unknown): void {
    if (replyCode(error) === 'WRONGTYPE') this.#corrupt(call, 'of another type');
    else call.fail(backendError(error));
  }
}
