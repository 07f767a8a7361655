import type { Call } from './dotnet-http.js';

/** .NET's `DistributedCacheEntryOptions`. A string goes to `DateTimeOffset.Parse` as it is. */
export interface DotnetEntryOptions {
  readonly absolute?: Date | string | undefined;
  readonly relativeMs?: number | undefined;
  readonly slidingMs?: number | undefined;
}

/** .NET's `IDistributedCache` in the process. What it throws there rejects here, with the exception's name. */
export interface DotnetCache {
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, value: Uint8Array, options?: DotnetEntryOptions): Promise<void>;
  refresh(key: string): Promise<void>;
  remove(key: string): Promise<void>;
  getString(key: string): Promise<string | undefined>;
  setString(key: string, value: string): Promise<void>;
}

export function dotnetCache(call: Call): DotnetCache {
  return {
    async get(key) {
      const reply = await call('GET', '/entry', { key });
      return reply.status === 404 ? undefined : new Uint8Array(await reply.arrayBuffer());
    },
    async set(key, value, { absolute, relativeMs, slidingMs } = {}) {
      const time = typeof absolute === 'string' ? absolute : absolute?.toISOString();
      await call('PUT', '/entry', { key, absolute: time, relativeMs, slidingMs }, { bytes: value });
    },
    async refresh(key) {
      await call('POST', '/entry/refresh', { key });
    },
    async remove(key) {
      await call('DELETE', '/entry', { key });
    },
    async getString(key) {
      const reply = await call('GET', '/entry/string', { key });
      return reply.status === 404 ? undefined : ((await reply.json()) as string);
    },
    async setString(key, value) {
      await call('PUT', '/entry/string', { key }, { json: value });
    },
  };
}
