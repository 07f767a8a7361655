// A consumer with exactOptionalPropertyTypes: every optional property takes an explicit undefined, so that options can
// be passed on as they came.
import {
  type CallOptions,
  type DistributedCache,
  type EntryOptions,
  type FailOpenOptions,
  failOpen,
  getOrCreate,
  MemoryCache,
  type MemoryCacheOptions,
} from 'distributed-cache';
import { RedisCache, type RedisCacheOptions, type RedisClient } from 'distributed-cache/redis';
import { createTestCache, FakeClock } from 'distributed-cache/testing';

const nothing: EntryOptions & CallOptions = {
  absoluteExpiration: undefined,
  relativeExpiration: undefined,
  slidingExpiration: undefined,
  signal: undefined,
};
const empty: MemoryCacheOptions = {
  maxBytes: undefined,
  maxEntries: undefined,
  copy: undefined,
  clock: undefined,
  onEvent: undefined,
};

/** A provider of the consumer's own: a class without the optional members, and one that has them as undefined. */
export class OwnCache implements DistributedCache {
  readonly name = undefined;
  readonly batch = undefined;
  readonly leases: DistributedCache['leases'] = undefined;
  readonly #inner = new MemoryCache(empty);

  get(key: string, options?: CallOptions): Promise<Uint8Array | undefined> {
    return this.#inner.get(key, { signal: options?.signal });
  }
  set(key: string, value: Uint8Array, options?: EntryOptions & CallOptions): Promise<void> {
    return this.#inner.set(key, value, { ...nothing, relativeExpiration: options?.relativeExpiration });
  }
  refresh(key: string): Promise<void> {
    return this.#inner.refresh(key);
  }
  remove(key: string): Promise<void> {
    return this.#inner.remove(key);
  }
}

export async function use(timeout?: number): Promise<number> {
  const { cache } = createTestCache({ clock: undefined, maxEntries: undefined });
  const clock = new FakeClock();
  clock.advance(1);
  const a = await getOrCreate(cache, 'a', () => 1, { ...nothing, timeout, cacheNull: undefined, options: undefined });
  return a + (await getOrCreate(new OwnCache(), 'b', () => 2, { timeout }));
}

const emptyRedis: Omit<RedisCacheOptions, 'connection'> = {
  instanceName: undefined,
  connectTimeout: undefined,
  commandTimeout: undefined,
  maxPending: undefined,
  clock: undefined,
  onEvent: undefined,
};
const emptyFailOpen: FailOpenOptions = {
  deadline: undefined,
  breaker: { failures: undefined, within: undefined, probeInterval: undefined },
  maxRemembered: undefined,
  clock: undefined,
  onEvent: undefined,
};

/** A client of the consumer's own: the members that are named, and no others. */
export class OwnClient implements RedisClient {
  readonly status = undefined;
  on(): void {}
  removeListener(): void {}
  async connect(): Promise<void> {}
  disconnect(): void {}
  async hmgetBuffer(_key: string, ...fields: string[]): Promise<(Uint8Array | null)[]> {
    return fields.map(() => null);
  }
  async evalsha(): Promise<unknown> {
    return null;
  }
  async unlink(...keys: string[]): Promise<number> {
    return keys.length;
  }
}

export const redis: DistributedCache = failOpen(new RedisCache({ connection: new OwnClient(), ...emptyRedis }), {
  ...emptyFailOpen,
  breaker: undefined,
});
