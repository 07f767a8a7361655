import type { RedisCacheOptions } from 'distributed-cache/redis';
import { kept } from './servers/kept.js';
import { startProxy, type TcpProxy } from './servers/proxy.js';
import type { RedisServer } from './servers/redis-server.js';
import { redisCache } from './tools.js';

/** A command that was asked for: its name, and the keys that it names. */
export interface SentCommand {
  readonly name: string;
  readonly keys: readonly string[];
}

/** A cache with a connection of its own through a proxy that remembers what was asked for. */
export async function throughProxy(
  server: Pick<RedisServer, 'port'>,
  options: Omit<RedisCacheOptions, 'connection'> & {
    connect?: (proxy: TcpProxy) => RedisCacheOptions['connection'];
  } = {},
) {
  const { connect = ({ url }) => url, ...rest } = options;
  const proxy = await kept(startProxy(server));
  const made = redisCache({ commandTimeout: 3_000, ...rest, connection: connect(proxy) });
  const sent = () => sentTo(proxy, made.prefix);
  return { ...made, proxy, sent, names: () => sent().map(({ name }) => name) };
}

/** What was asked of the server about keys with the prefix; the probes of a new connection are left out. */
export function sentTo(proxy: TcpProxy, prefix: string): SentCommand[] {
  return proxy
    .commands()
    .map((args) => ({ name: (args[0] as string).toUpperCase(), keys: keysOf(args, prefix) }))
    .filter(({ keys }) => keys.length > 0);
}

/** The keys of a command that have the prefix, without it. */
export function keysOf(args: readonly string[], prefix: string): string[] {
  const [name, ...rest] = args as [string, ...string[]];
  const some = /^eval/i.test(name)
    ? rest.slice(2, 2 + Number(rest[1]))
    : /^unlink$/i.test(name)
      ? rest
      : rest.slice(0, 1);
  return some
    .filter((key) => key.startsWith(prefix) && !key.includes('__distributed-cache:'))
    .map((key) => key.slice(prefix.length));
}

/** `count` numbers from 0. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** How a promise ended: its value, or the code of its error. */
export const outcomeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: { code?: string; message: string }) => error.code ?? error.message);
