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
  return isFollowed ? client.evalBuffer(script.lua, keys.length, ...keys, ...args) : script.run(client, keys, args);
}
