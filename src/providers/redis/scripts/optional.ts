import type { RedisArgument } from '../client.js';
import type { Link } from '../link.js';
import { backendError, isCommandRefusal } from '../redis-error.js';
import type { Script } from './script.js';

/** What a script gives; `undefined` where none may be run, which this may be the first to find out. */
export async function runIfAllowed(
  link: Link,
  script: Script,
  keys: readonly string[],
  args: readonly RedisArgument[],
): Promise<unknown> {
  if (!link.scripts) return undefined;
  try {
    return await script.run(link.client, keys, args);
  } catch (error) {
    if (!isCommandRefusal(error)) throw error;
    link.refuseScripts(backendError(error));
    return undefined;
  }
}
