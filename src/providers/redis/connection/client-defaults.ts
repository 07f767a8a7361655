import type { Clock } from '../../../core/clock.js';

/** Options of ioredis (5 or 6), by name. */
export type ClientOptions = Readonly<Record<string, unknown>>;

/** Milliseconds until the next attempt to connect: a server that is back is found within half a second. */
export function retryDelay(attempt: number): number {
  return Math.min(attempt * 50, 500);
}

/** What a client that we open is given, unless the user says otherwise. */
export function clientDefaults(clock: Clock): ClientOptions {
  return {
    connectionName: 'distributed-cache',
    connectTimeout: 5_000,
    keepAlive: 60_000,
    // Whoever sends a command gives it its deadline. To send it again after that would be a write out of turn.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    retryStrategy: retryDelay,
    reconnectOnError: reconnectOnReadOnly(clock),
  };
}

const reconnectAtMostEvery = 1_000;

/**
 * A replica that refuses a write was a primary before a failover, so the name is looked up again. Not at every
 * refusal: where the replica is all there is, each would tear down the reads under way.
 */
function reconnectOnReadOnly(clock: Clock): (error: Error) => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (!/\bREADONLY\b/.test(error.message)) return false;
    const now = clock.now();
    // A clock that was set back must not stop it for long.
    if (now >= last && now - last < reconnectAtMostEvery) return false;
    last = now;
    return true;
  };
}
