// A consumer with lib es2022 and no ambient types: no console, no timers, no AbortController, no Buffer.
// scripts/consumers.mjs compiles it, as .ts, .mts and .cts, under each module resolution.
import {
  CacheError,
  type CacheEvent,
  type Clock,
  type DistributedCache,
  decorate,
  type EntryOptions,
  type FailOpenOptions,
  failOpen,
  getJson,
  getOrCreate,
  isCacheError,
  MemoryCache,
  NoopCache,
  prefixed,
  setJson,
  withDefaults,
} from 'distributed-cache';
import {
  parseConnectionString,
  RedisCache,
  type RedisCacheOptions,
  type RedisClient,
  type RedisConnectionSettings,
} from 'distributed-cache/redis';
import { ChaosCache, createTestCache, FakeClock } from 'distributed-cache/testing';

interface User {
  readonly name: string;
}

const seen: CacheEvent['type'][] = [];
const onEvent = (event: CacheEvent): void => {
  seen.push(event.type);
};
const options: EntryOptions = {
  relativeExpiration: '5m',
  slidingExpiration: 30_000,
  absoluteExpiration: new Date(1e13),
};
// @ts-expect-error an option that does not exist
const misspelt: EntryOptions = { relativeExpiry: '5m' };
// @ts-expect-error a unit that does not exist
const noDuration: EntryOptions = { relativeExpiration: '5 parsecs' };

export async function use(test: boolean): Promise<string | undefined> {
  const clock: Clock = new FakeClock();
  const memory = new MemoryCache({ maxBytes: 1e6, maxEntries: 10, copy: true, clock, onEvent });
  const cache: DistributedCache = test ? new NoopCache() : memory;
  const users = decorate(withDefaults(prefixed(cache, 'users:'), { relativeExpiration: '10m' }), {
    mapKey: (key) => key.toLowerCase(),
    unmapKey: (key) => key,
  });

  await users.set('bytes', new Uint8Array(3), options);
  const bytes: Uint8Array | undefined = await users.get('bytes');
  await users.refresh('bytes');
  await users.remove('bytes');

  await setJson(users, '1', { name: 'Ada' }, options);
  const stored: User | undefined = await getJson<User>(users, '1');
  const user = await getOrCreate(users, '2', async ({ key }): Promise<User> => ({ name: key }), {
    relativeExpiration: '5m',
    timeout: '1s',
  });
  const name: string = user.name;

  try {
    await new ChaosCache(memory, { seed: 1, failBefore: 0.1 }).get('key');
  } catch (error) {
    if (isCacheError(error) || error instanceof CacheError) return error.code;
  }

  const fake = createTestCache();
  fake.clock.advance(60_000);
  const types: readonly CacheEvent['type'][] = fake.events.map((event) => event.type);

  await memory.lifecycle.close();
  await using closing: MemoryCache = fake.cache;
  return [bytes?.length, stored?.name, name, types.length, closing.name, misspelt, noDuration].join();
}

declare const client: RedisClient;
const redisOptions: RedisCacheOptions = { connection: client, instanceName: 'app:', commandTimeout: '1s', onEvent };
const open: FailOpenOptions = {
  deadline: '100ms',
  breaker: { failures: 3, within: '5s', probeInterval: 500 },
  onEvent,
};
// @ts-expect-error a connection is needed
const noConnection: RedisCacheOptions = { instanceName: 'app:' };
// @ts-expect-error an option of ioredis, in the wrong place
const misplaced: RedisCacheOptions = { connection: client, keyPrefix: 'app:' };

export async function useRedis(): Promise<string | undefined> {
  const backends: readonly RedisCache[] = [
    new RedisCache(redisOptions),
    new RedisCache({ connection: 'redis://localhost:6379' }),
    new RedisCache({ connection: { host: 'localhost', port: 6379, tls: {} } }),
  ];
  const cache: DistributedCache = failOpen(backends[0] as RedisCache, open);
  const user: User = await getOrCreate(cache, 'user', (): User => ({ name: 'Ada' }), { slidingExpiration: '5m' });
  const settings: RedisConnectionSettings = parseConnectionString('localhost:6380,ssl=True');
  const endpoint = settings.endpoints[0];
  await using closing: RedisCache = new RedisCache({ connection: client });
  await closing.ready();
  await cache.lifecycle?.close();
  return [user.name, endpoint && 'host' in endpoint ? endpoint.port : '', noConnection, misplaced].join();
}
