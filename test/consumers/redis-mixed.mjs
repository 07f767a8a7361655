// One process with both copies of the Redis entry and both of the core: an error of any of the first is known to any of
// the second, and a load is shared whichever helper asks.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as coreEsm from 'distributed-cache';
import * as redisEsm from 'distributed-cache/redis';
import FakeClient from './fake-client.cjs';

const require = createRequire(import.meta.url);
const cores = [coreEsm, require('distributed-cache')];
const redises = [redisEsm, require('distributed-cache/redis')];
assert.notEqual(redises[0].RedisCache, redises[1].RedisCache, 'two copies are loaded');
const errorOf = (promise) => promise.catch((reason) => reason);

for (const { RedisCache } of redises) {
  const cache = new RedisCache({ connection: new FakeClient() });
  const backend = await errorOf(cache.get('broken'));
  const missing = await errorOf(new RedisCache({ connection: 'redis://127.0.0.1:1' }).get('key'));

  let runs = 0;
  const factory = async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return ++runs;
  };
  const views = cores.flatMap((core) => [core.prefixed(cache, 'a:'), core.failOpen(core.prefixed(cache, 'a:'))]);
  const loads = cores.flatMap(({ getOrCreate }) => views.map((view) => getOrCreate(view, 'key', factory)));
  assert.deepEqual(await Promise.all(loads), Array(8).fill(1), 'one flight for all copies');

  await cache.close();
  const closed = await errorOf(cache.get('key'));
  for (const { BackendError, CacheClosedError, CacheError, isCacheError } of cores) {
    assert.ok(backend instanceof CacheError && backend instanceof BackendError && isCacheError(backend));
    assert.ok(missing instanceof CacheError && !(missing instanceof BackendError));
    assert.ok(isCacheError(missing, 'ERR_MISSING_DEPENDENCY'));
    assert.ok(closed instanceof CacheClosedError && closed instanceof CacheError);
    assert.ok(!(backend instanceof CacheClosedError), 'only its own classes claim it');
  }
}
