import { type Clock, systemClock } from '../../../core/clock.js';
import { ErrorCode, show, typeError } from '../../../core/errors.js';
import { type ClientOptions, clientDefaults, retryDelay } from './client-defaults.js';
import { parseConnectionString } from './connection-string.js';
import { parseRedisUrl, schemeOf } from './redis-url.js';
import { planSettings } from './settings-plan.js';

/** Options of ioredis, as its `Redis` takes them. */
export interface RedisClientOptions {
  readonly [option: string]: unknown;
}

/** What a connection is opened from: a connection string of StackExchange.Redis, a URL, or options of ioredis. */
export type ConnectionInput = string | RedisClientOptions;

/** A node of a Cluster that is asked for the others. */
export interface ClusterSeed {
  readonly host: string;
  readonly port: number;
}

/** How a client is opened. It holds the password. */
export interface ConnectionPlan {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** For ioredis's `Redis`, or for its `Cluster`. */
  readonly options: ClientOptions;
  /** Of a Cluster; empty for other kinds. */
  readonly nodes: readonly ClusterSeed[];
  /** The deadline of a command, where the input says one. A client option only if it was one: ioredis takes a timer each. */
  readonly commandTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** What is probably meant otherwise: worth telling when the connection fails. */
  readonly hints: readonly string[];
}

/**
 * What to open, and how. Of ioredis's options the user's own win over our defaults; only `lazyConnect` is always on,
 * since the cache itself decides when to connect.
 *
 * @throws TypeError or RangeError `ERR_INVALID_OPTION`; the message never shows a password.
 */
export function planConnection(input: ConnectionInput, clock: Clock = systemClock): ConnectionPlan {
  if (typeof input === 'string') {
    return planSettings(schemeOf(input) === undefined ? parseConnectionString(input) : parseRedisUrl(input), clock);
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    const expected = 'a connection string, a URL, options of ioredis or a client';
    throw typeError(ErrorCode.invalidOption, 'connection', expected, show(input));
  }
  return planOptions(input, clock);
}

function planOptions(input: RedisClientOptions, clock: Clock): ConnectionPlan {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const isSentinel = Array.isArray(input.sentinels) && input.sentinels.length > 0;
  const options: ClientOptions = {
    ...clientDefaults(clock),
    ...(isSentinel ? { sentinelRetryStrategy: retryDelay } : {}),
    ...Object.fromEntries(given),
    lazyConnect: true,
  };
  const { commandTimeout, connectTimeout } = options;
  return {
    kind: isSentinel ? 'sentinel' : 'single',
    options,
    nodes: [],
    ...(typeof commandTimeout === 'number' ? { commandTimeoutMs: commandTimeout } : {}),
    ...(typeof connectTimeout === 'number' ? { connectTimeoutMs: connectTimeout } : {}),
    hints: [],
  };
}
