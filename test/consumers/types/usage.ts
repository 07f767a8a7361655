// A consumer with lib es2022 and no ambient types: no console, no timers, no AbortController, no Buffer.
// scripts/consumers.mjs compiles it, as .ts, .mts and .cts, under each module resolution.
import {
  CacheError,
  type CacheEvent,
  type Clock,
  type DistributedCache,
  decorate,
  type EntryOptions,
  getJson,
  getOrCreate,
  isCacheError,
  MemoryCache,
  NoopCache,
  prefixed,
  setJson,
  withDefaults,
} from 'distributed-cache';
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
