// What a user does first with the Redis entry, with either copy of the package, where ioredis is not installed.
const assert = require('node:assert/strict');
const FakeClient = require('./fake-client.cjs');

const errorOf = (promise) =>
  promise.then(
    () => assert.fail('it resolved'),
    (error) => error,
  );

module.exports = async function redisSmoke(
  { BackendError, CacheError, failOpen, getOrCreate, getString, isCacheError, removeMany, setString },
  { parseConnectionString, RedisCache },
) {
  const settings = parseConnectionString('cache.example:6380,password=secret,ssl=True,abortConnect=False');
  assert.deepEqual(settings.endpoints, [{ host: 'cache.example', port: 6380 }]);
  assert.equal(settings.ssl, true);
  assert.equal(settings.password, 'secret');
  assert.ok(!JSON.stringify(settings).includes('secret'));

  // A client that is handed in needs no ioredis.
  const client = new FakeClient();
  const cache = new RedisCache({ connection: client, instanceName: 'app:' });
  await setString(cache, 'greeting', 'hello', { relativeExpiration: '5m', slidingExpiration: '1m' });
  assert.equal(await getString(cache, 'greeting'), 'hello');
  assert.deepEqual([...client.hashes.get('app:greeting').keys()], ['absexp', 'sldexp', 'data']);
  let runs = 0;
  const load = () => getOrCreate(cache, 'n', async () => ({ runs: ++runs }));
  const loaded = await Promise.all(Array.from({ length: 10 }, load));
  assert.ok(loaded.every((value) => value.runs === 1));
  assert.deepEqual(await load(), { runs: 1 });
  await removeMany(cache, ['greeting', 'n']);
  assert.equal(client.hashes.size, 0);

  const failure = await errorOf(cache.get('broken'));
  assert.ok(failure instanceof BackendError && failure instanceof CacheError);
  assert.ok(isCacheError(failure, 'ERR_BACKEND_LOADING'));
  await cache.close();

  // What has to be opened needs it; not before the first operation, and each one says so.
  for (const connection of ['redis://127.0.0.1:1', '127.0.0.1:1,abortConnect=False', { host: '127.0.0.1', port: 1 }]) {
    const unopened = new RedisCache({ connection });
    for (let i = 0; i < 2; i++) {
      const missing = await errorOf(unopened.get('key'));
      assert.ok(missing instanceof CacheError && !(missing instanceof BackendError));
      assert.equal(missing.code, 'ERR_MISSING_DEPENDENCY');
      assert.match(missing.message, /npm install ioredis/);
    }
    await unopened.close();
    // No waiting makes it go away, so it is no miss for a cache that fails open.
    const open = failOpen(new RedisCache({ connection }));
    for (let i = 0; i < 2; i++) assert.equal((await errorOf(open.get('key'))).code, 'ERR_MISSING_DEPENDENCY');
    await open.lifecycle.close();
  }
  assert.throws(() => new RedisCache({ connection: 7 }), { name: 'TypeError', code: 'ERR_INVALID_OPTION' });
};
