import type { RedisEndpoint } from './settings.js';

/** An endpoint as it was written: the port may be left out. */
export type WrittenEndpoint = { readonly host: string; readonly port: number | undefined } | { readonly path: string };

/**
 * Reads `host`, `host:port`, `1.2.3.4:port`, `[v6]`, `[v6]:port`, a bare IPv6 address (two or more colons, no port) or
 * `!path`; `undefined` for anything else.
 */
export function parseEndpoint(text: string): WrittenEndpoint | undefined {
  if (text.startsWith('!')) return text.length > 1 ? { path: text.slice(1) } : undefined;
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) return isIPv6(bracketed[1] as string) ? withPort(bracketed[1] as string, bracketed[2]) : undefined;
  const parts = text.split(':');
  if (parts.length > 2) return isIPv6(text) ? { host: text, port: undefined } : undefined;
  const [host = '', port] = parts;
  return isHostName(host) ? withPort(host, port) : undefined;
}

function withPort(host: string, port: string | undefined): WrittenEndpoint | undefined {
  if (port === undefined) return { host, port };
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  return number >= 1 && number <= 65_535 ? { host, port: number } : undefined;
}

/** Letters of any script, digits, dots, hyphens and the underscores of container names. IPv4 addresses included. */
export function isHostName(text: string): boolean {
  return text.length <= 253 && /^[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}._-]*[\p{L}\p{M}\p{N}_.])?$/u.test(text);
}

export function isIPv6(text: string): boolean {
  // A zone (fe80::1%eth0) is no part of a URL, by which the address is checked.
  const address = text.replace(/%[\w.-]+$/, '');
  return /^[\da-f:.]+$/i.test(address) && address.includes(':') && canParse(`http://[${address}]/`);
}

/** Whether it is an address, not a name: certificates are asked for names only. */
export function isAddress(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || isIPv6(host);
}

/** The endpoints with their ports, each once. */
export function resolveEndpoints(written: readonly WrittenEndpoint[], defaultPort: number): RedisEndpoint[] {
  const resolved = new Map<string, RedisEndpoint>();
  for (const each of written) {
    const endpoint = 'path' in each ? each : { host: each.host, port: each.port ?? defaultPort };
    const id = 'path' in endpoint ? `!${endpoint.path}` : `${endpoint.host.toLowerCase()}:${endpoint.port}`;
    if (!resolved.has(id)) resolved.set(id, Object.freeze(endpoint));
  }
  return [...resolved.values()];
}

function canParse(url: string): boolean {
  try {
    new URL(url);
    return true;
  } catch {
    return false;
  }
}
