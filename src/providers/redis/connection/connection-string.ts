import { ErrorCode, show, typeError } from '../../../core/errors.js';
import { azureDefaults, azureHints } from './azure.js';
import { findKey, type KeptKeys, nearestKey } from './connection-keys.js';
import { parseEndpoint, resolveEndpoints, type WrittenEndpoint } from './endpoint.js';
import { keyName } from './entry-values.js';
import { defaultSettings, type RedisConnectionSettings, sealSettings } from './settings.js';

/**
 * Reads a connection string of StackExchange.Redis, the one that an ASP.NET Core service is configured with:
 * comma-separated endpoints and `key=value` options, keys in any case, the last of equal keys wins. A password may
 * hold any character but a comma. Every documented key is honoured, or accepted without effect, or refused by name;
 * Azure's hosts get their defaults. `RedisCache` calls this itself when its `connection` is such a string.
 *
 * @returns Frozen settings. Passwords are in them, but not enumerable, so that logging the object does not show them.
 * @throws TypeError or RangeError `ERR_INVALID_OPTION` for an unknown key, a value that is not what its key takes, an
 * endpoint that is none, or where there is no endpoint. The message names what was expected, and never shows a password.
 * @example
 * const { endpoints, ssl } = parseConnectionString('my.redis.cache.windows.net:6380,password=...,abortConnect=False');
 * // endpoints: [{ host: 'my.redis.cache.windows.net', port: 6380 }], ssl: true
 */
export function parseConnectionString(text: string): RedisConnectionSettings {
  if (typeof text !== 'string') throw typeError(ErrorCode.invalidOption, 'connection', 'a string', show(text));
  const { endpoints, keys, hints } = readEntries(text);
  if (endpoints.length === 0) {
    throw typeError(ErrorCode.invalidOption, 'connection string', "at least one endpoint, such as 'host:6379'", 'none');
  }
  const { syncTimeout, asyncTimeout, keepAlive, ...given } = keys;
  const settings = { ...defaultSettings, ...azureDefaults(endpoints), ...given };
  const defaultPort = settings.serviceName !== undefined ? 26_379 : settings.ssl ? 6_380 : 6_379;
  return sealSettings({
    ...settings,
    endpoints: resolveEndpoints(endpoints, defaultPort),
    commandTimeout: asyncTimeout ?? syncTimeout ?? defaultSettings.commandTimeout,
    keepAlive: keepAlive !== undefined && keepAlive > 0 ? keepAlive : defaultSettings.keepAlive,
    sentinelUser: settings.sentinelUser ?? settings.user,
    sentinelPassword: settings.sentinelPassword ?? settings.password,
    hints: [...hints, ...azureHints(endpoints, settings.ssl, defaultPort)],
  });
}

interface Entries {
  readonly endpoints: WrittenEndpoint[];
  readonly keys: KeptKeys;
  readonly hints: string[];
}

function readEntries(text: string): Entries {
  const endpoints: WrittenEndpoint[] = [];
  const keys: Record<string, unknown> = {};
  const hints: string[] = [];
  // Until the next known key, what follows a password may be the rest of one that has a comma in it.
  let afterSecret = false;
  for (const [index, entry] of text.split(',').entries()) {
    const trimmed = entry.trim();
    if (trimmed === '') continue;
    const equals = trimmed.indexOf('=');
    if (equals < 1) {
      const endpoint = parseEndpoint(trimmed);
      if (endpoint === undefined) throw badEndpoint(trimmed, index + 1, afterSecret);
      if (afterSecret) hints.push(`Entry ${index + 1} of the connection string was taken as an endpoint: ${noComma}.`);
      endpoints.push(endpoint);
      continue;
    }
    const name = trimmed.slice(0, equals).trim();
    const key = findKey(name);
    if (key === undefined) throw unknownKey(name, index + 1, afterSecret);
    const value = key.read(trimmed.slice(equals + 1).trim(), key.name);
    if (key.isKept) keys[key.name] = value;
    afterSecret = key.isSecret;
  }
  // What the readers of these very keys gave.
  return { endpoints, keys: keys as KeptKeys, hints };
}

const noComma = 'a password cannot contain a comma';

function badEndpoint(entry: string, position: number, afterSecret: boolean): Error {
  // What is no endpoint may be anything, also a password in the wrong place.
  const isPlain = /^[\p{L}\p{N}[\]:._! -]{1,60}$/u.test(entry) && !/pass|pwd|secret/i.test(entry);
  return typeError(
    ErrorCode.invalidOption,
    `entry ${position} of the connection string`,
    'an endpoint (host, host:port, [IPv6]:port, !path) or key=value',
    afterSecret ? `neither (${noComma})` : isPlain ? show(entry) : `a text of ${entry.length} characters`,
  );
}

function unknownKey(name: string, position: number, afterSecret: boolean): Error {
  const meant = nearestKey(name);
  // After a password only what looks like a key is named: it may be the rest of the password.
  const isNamed = /^\$?[\w.-]{1,40}$/.test(name) && (!afterSecret || meant !== undefined);
  const what = isNamed ? keyName(name) : `entry ${position} of the connection string`;
  const hint = isNamed || !afterSecret ? '' : ` (${noComma})`;
  if (name.startsWith('$')) {
    return typeError(
      ErrorCode.invalidOption,
      what,
      'every command under its own name',
      `a renamed or disabled one${hint}`,
    );
  }
  const expected = `a key of StackExchange.Redis${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`;
  return typeError(ErrorCode.invalidOption, what, expected, `an unknown one${hint}`);
}
