import type { RedisArgument, RedisCommands } from '../client.js';
import type { Script } from '../scripts/script.js';

/**
 * Runs a script that others follow. Where the server does not know it, it would be sent again, after what follows: a
 * removal would come before the set that it was to undo. So it comes with its text, where something follows.
 */
export function runScript(
  script: Script,
  client: RedisCommands,
  keys: readonly string[],
  args: readonly RedisArgument[],
  isFollowed: boolean,
): Promise<unknown> {
  return new Promise((resolve, reject) => sendScript(script, client, keys, args, isFollowed, resolve, reject));
}

/** {@link runScript} for where each promise counts. */
export function sendScript(
  script: Script,
  client: RedisCommands,
  keys: readonly string[],
  args: readonly RedisArgument[],
  isFollowed: boolean,
  done: (reply: unknown) => void,
  failed: (error: unknown) => void,
): void {
  if (isFollowed) client.evalBuffer(script.lua, keys.length, ...keys, ...args).then(done, failed);
  else script.send(client, keys, args, done, failed);
}
