import { ErrorCode, typeError } from '../../../core/errors.js';
import { azureHints } from './azure.js';
import { isHostName, isIPv6, resolveEndpoints, type WrittenEndpoint } from './endpoint.js';
import { defaultSettings, type RedisConnectionSettings, sealSettings } from './settings.js';

/** What a URL says: the settings of a connection string, and the family of addresses (0: either). */
export type RedisUrlSettings = RedisConnectionSettings & { readonly family?: 0 | 4 | 6 };

const tlsByScheme = new Map([
  ['redis', false],
  ['rediss', true],
  ['valkey', false],
  ['valkeys', true],
  ['unix', false],
]);
const schemes = 'redis://, rediss://, valkey://, valkeys:// or unix://';
const form =
  'redis[s]://[[user]:password@]host[:port][/database], with everything but letters and digits percent-encoded';
// What the registry of URL schemes has for redis and rediss alike; connection strings differ.
const defaultPort = 6_379;

/** The scheme, in lower case, of a text that is a URL and not a connection string. */
export function schemeOf(text: string): string | undefined {
  return /^\s*([a-z][a-z\d+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
}

/**
 * Reads a `redis://`, `rediss://` (TLS), `valkey://`, `valkeys://` or `unix://` URL. User and password are
 * percent-decoded; the query may say `db`, `protocol` and `family`.
 *
 * @throws TypeError or RangeError `ERR_INVALID_OPTION` for anything else. The message never shows a password.
 */
export function parseRedisUrl(text: string): RedisUrlSettings {
  const scheme = schemeOf(text) ?? '';
  const ssl = tlsByScheme.get(scheme);
  if (ssl === undefined)
    throw typeError(ErrorCode.invalidOption, 'connection', `a URL with ${schemes}`, `${scheme}://`);
  const url = parse(text.trim());
  const endpoint = scheme === 'unix' ? socketOf(url) : serverOf(url);
  const user = decode(url.username, 'user') || undefined;
  const password = decode(url.password, 'password') || undefined;
  const database = scheme === 'unix' ? undefined : databaseOf(url);
  const { db, ...query } = queryOf(url);
  if (db !== undefined && database !== undefined && db !== database) {
    throw typeError(ErrorCode.invalidOption, 'connection URL', 'one database', `${database} and ${db}`);
  }
  return sealSettings({
    ...defaultSettings,
    ...query,
    ssl,
    endpoints: resolveEndpoints([endpoint], defaultPort),
    user,
    password,
    defaultDatabase: database ?? db ?? 0,
    hints: azureHints([endpoint], ssl, defaultPort),
  });
}

function parse(text: string): URL {
  // The parser would drop these, and so change a password.
  if (/[\t\r\n]/.test(text)) throw notThatForm('one with line breaks or tabs');
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    // Without the cause: it holds the whole text.
    throw notThatForm('a text that cannot be read as one');
  }
  // A password with a bare / or ? or # ends up behind the host, up to its @.
  if (`${url.pathname}${url.search}${url.hash}`.includes('@')) throw notThatForm('an @ behind the host');
  if (url.hash !== '') throw notThatForm('one with a #');
  return url;
}

function notThatForm(got: string): Error {
  return typeError(ErrorCode.invalidOption, 'connection URL', form, got);
}

function serverOf(url: URL): WrittenEndpoint {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!isHostName(host) && !isIPv6(host)) throw notThatForm('one without a valid host');
  return { host, port: url.port === '' ? undefined : portOf(url.port) };
}

function portOf(text: string): number {
  const port = Number(text);
  if (port === 0) throw notThatForm('the port 0');
  return port;
}

function socketOf(url: URL): WrittenEndpoint {
  const path = decode(url.pathname, 'path');
  if (url.host === '' && path.length > 1) return { path };
  throw typeError(
    ErrorCode.invalidOption,
    'connection URL',
    'unix:///path of the socket',
    'one with a host or without a path',
  );
}

function databaseOf(url: URL): number | undefined {
  if (url.pathname === '' || url.pathname === '/') return undefined;
  const match = /^\/(\d{1,9})$/.exec(url.pathname);
  if (!match)
    throw typeError(ErrorCode.invalidOption, 'connection URL', 'the number of a database as its path', 'another path');
  return Number(match[1]);
}

interface Query {
  readonly db?: number;
  readonly protocol?: 2 | 3;
  readonly family?: 0 | 4 | 6;
}

const queryValues = new Map<string, { readonly pattern: RegExp; readonly expected: string }>([
  ['db', { pattern: /^\d{1,9}$/, expected: 'the number of a database' }],
  ['protocol', { pattern: /^[23]$/, expected: '2 or 3' }],
  ['family', { pattern: /^[046]$/, expected: '0, 4 or 6' }],
]);

function queryOf(url: URL): Query {
  const query: Record<string, number> = {};
  for (const [key, value] of url.searchParams) {
    const what = /^\w{1,40}$/.test(key) ? `'${key}' in the query of the connection URL` : 'query of the connection URL';
    const known = queryValues.get(key);
    if (known === undefined)
      throw typeError(ErrorCode.invalidOption, what, 'only db, protocol and family', 'something else');
    if (!known.pattern.test(value)) throw typeError(ErrorCode.invalidOption, what, known.expected, 'another value');
    query[key] = Number(value);
  }
  // The patterns let nothing else through.
  return query as Query;
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw typeError(
      ErrorCode.invalidOption,
      `${what} in the connection URL`,
      'percent-encoded UTF-8 (write % as %25)',
      'another text',
    );
  }
}
