import type { RedisCommands } from './client.js';
import { backendError, isCommandRefusal, isKeyRefusal } from './redis-error.js';
import { probe, set } from './scripts/scripts.js';

/** What a server said when it was asked what it can do. */
export interface ProbeAnswer {
  /** Its time in ms; `undefined` where it runs no scripts. */
  readonly time?: number | undefined;
  /** Why it runs no scripts. */
  readonly noScripts?: Error | undefined;
  /** Why it tells of no changes. */
  readonly noTracking?: Error | undefined;
}

/**
 * Asks for the server's time by a script, and thereby whether it runs any, and whether it would tell of changes.
 *
 * @param key - One that nobody uses.
 * @throws BackendError where the server refuses for a reason that may pass.
 */
export async function probeServer(client: RedisCommands, key: string): Promise<ProbeAnswer> {
  const [scripts, noTracking] = await Promise.all([probeScripts(client, key), probeTracking(client)]);
  return { ...scripts, noTracking };
}

async function probeScripts(client: RedisCommands, key: string): Promise<ProbeAnswer> {
  try {
    const time = await askTime(client, key);
    if (typeof time === 'number' && time > 0) return { time };
    return { noScripts: new Error('The server runs scripts in another way than Redis does.') };
  } catch (error) {
    if (isCommandRefusal(error)) return { noScripts: backendError(error) };
    throw backendError(error);
  }
}

async function askTime(client: RedisCommands, key: string): Promise<unknown> {
  try {
    return await probe.run(client, [key], []);
  } catch (error) {
    if (!isKeyRefusal(error)) throw error;
    // A user who may touch keys of some prefix only, under which ours is not. A set of nothing tells the time as well.
    return set.run(client, [], ['']);
  }
}

/**
 * Why others have to be told by us what we change. It is asked in a way that changes nothing: what may be done is a syntax
 * error. Any other error is left to the other question.
 */
async function probeTracking(client: RedisCommands): Promise<Error | undefined> {
  let asked: Promise<unknown>;
  try {
    asked = client.client('TRACKING', '?');
  } catch (error) {
    // No such command (ioredis-mock).
    return backendError(error);
  }
  return asked.then(
    () => undefined,
    (error: unknown) => (isCommandRefusal(error) ? backendError(error) : undefined),
  );
}
