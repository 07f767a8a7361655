import type { Call } from './dotnet-http.js';

/** The types that .NET's HybridCache is called with there (Kinds.cs). */
export type Kind = 'string' | 'bytes' | 'int' | 'long' | 'double' | 'bool' | 'list' | 'strings' | 'product';

/** `HybridCacheEntryFlags`. */
export type Flag = 'DisableLocalCache' | 'DisableLocalCacheWrite' | 'DisableDistributedCacheWrite';

/** One call. Times in ms; what is left out is left to .NET. */
export interface DotnetHybridCall {
  readonly kind: Kind;
  /** What is set, or what the factory gives: JSON, with the names of properties in camelCase; of bytes base64. */
  readonly value?: unknown;
  readonly tags?: readonly string[];
  readonly expirationMs?: number;
  readonly localExpirationMs?: number;
  readonly flags?: readonly Flag[];
  /** What the factory waits for: that it is opened. */
  readonly gate?: string;
}

/** .NET's `HybridCache` in the process. */
export interface DotnetHybrid {
  /** @returns the value, in camelCase whatever the naming of the cache, and whether its factory ran for this call. */
  getOrCreate(key: string, call: DotnetHybridCall): Promise<{ readonly value: unknown; readonly ran: boolean }>;
  /** What is there, in either tier (`isLocal: false`: in Redis); undefined where a factory would run. Stores nothing. */
  peek(key: string, kind: Kind, options?: PeekOptions): Promise<{ readonly value: unknown } | undefined>;
  set(key: string, call: DotnetHybridCall): Promise<void>;
  remove(...keys: string[]): Promise<void>;
  removeByTag(...tags: string[]): Promise<void>;
  /** How many factories have begun there for the key. */
  factoryRuns(key: string): Promise<number>;
  /** Lets the factories go on that wait for it, and those that will. */
  open(gate: string): Promise<void>;
}

export interface PeekOptions {
  readonly tags?: readonly string[];
  /** @default true */
  readonly isLocal?: boolean;
}

export function dotnetHybrid(call: Call): DotnetHybrid {
  const post = (path: string, body: unknown) => call('POST', path, {}, { json: body });
  const written = ({ flags, ...rest }: DotnetHybridCall) => ({
    ...rest,
    flags: flags?.length ? flags.join(', ') : undefined,
  });
  const getOrCreate: DotnetHybrid['getOrCreate'] = async (key, options) =>
    JSON.parse(await (await post('/hybrid/getOrCreate', { key, ...written(options) })).text());
  return {
    getOrCreate,
    async peek(key, kind, { tags = [], isLocal = true } = {}) {
      const flags: Flag[] = ['DisableDistributedCacheWrite', isLocal ? 'DisableLocalCacheWrite' : 'DisableLocalCache'];
      const { value, ran } = await getOrCreate(key, { kind, tags, flags });
      return ran ? undefined : { value };
    },
    async set(key, options) {
      await post('/hybrid/set', { key, ...written(options) });
    },
    async remove(...keys) {
      await post('/hybrid/remove', keys);
    },
    async removeByTag(...tags) {
      await post('/hybrid/removeByTag', tags);
    },
    factoryRuns: async (key) => Number(await (await call('GET', '/factories', { key })).text()),
    async open(name) {
      await call('POST', '/gates', { name });
    },
  };
}
