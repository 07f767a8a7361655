import type { RedisArgument, RedisCommands } from '../client.js';
import { replyCode } from '../redis-error.js';

/** A script on the server. It is sent once, and then named by the SHA-1 of its text. */
export class Script {
  #sha: string | undefined;

  constructor(readonly lua: string) {}

  /** Must have resolved before {@link run}. */
  async prepare(): Promise<void> {
    if (this.#sha !== undefined) return;
    const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(this.lua));
    this.#sha = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  /** Runs it. Where the server has forgotten the script it did nothing, so it is sent again with its text. */
  run(client: RedisCommands, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    return new Promise((resolve, reject) => this.send(client, keys, args, resolve, reject));
  }

  /** {@link run} for where each promise counts. */
  send(
    client: RedisCommands,
    keys: readonly string[],
    args: readonly RedisArgument[],
    done: (reply: unknown) => void,
    failed: (error: unknown) => void,
  ): void {
    client.evalshaBuffer(this.#sha as string, keys.length, ...keys, ...args).then(done, (error: unknown) => {
      if (replyCode(error) !== 'NOSCRIPT') failed(error);
      else client.evalBuffer(this.lua, keys.length, ...keys, ...args).then(done, failed);
    });
  }
}
