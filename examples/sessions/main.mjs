// Sessions over HTTP: a sliding expiration ends the idle ones, an absolute one all of them, and `refresh` keeps one
// alive without reading it. They are kept in Redis where there is one, else in memory. While Redis is away its users
// are asked to log in, which is no error page, and who logged out meanwhile stays logged out.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { failOpen, MemoryCache, removeByPrefix } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { findRedis } from '../shared/redis.mjs';
import { Browser } from './browser.mjs';
import { sessionServer } from './server.mjs';
import { Sessions } from './sessions.mjs';

const redis = await findRedis();
const cache =
  redis === undefined
    ? new MemoryCache()
    : // The default deadline is 250 ms. Here each answer is checked, also where the machine is busy.
      failOpen(new RedisCache({ connection: redis.url, instanceName: redis.instanceName }), { deadline: '1s' });
await cache.lifecycle.ready();
console.log(`The sessions are kept in ${redis?.what ?? 'memory'}.`);

await withServer({ idle: '1200ms', most: '3s' }, async (base) => {
  const ada = new Browser(base);
  assert.equal((await ada.request('/profile')).status, 401);
  const askedAt = performance.now();
  await ada.request('/login', { user: 'Ada' });
  const loggedInAt = performance.now();
  const since = () => `${(performance.now() - loggedInAt).toFixed(0)} ms after the login`;
  assert.match(ada.cookie, /^session=[0-9a-f-]{36}$/);
  await ada.request('/cart', { product: 'Desk lamp' });
  console.log('Ada logs in, and puts something into her cart');

  // 1.2 s without a request would end it. These requests read nothing of the session.
  for (let i = 0; i < 4; i++) {
    await sleep(400);
    assert.equal((await ada.request('/help')).status, 200);
  }
  const { status, user, cart } = await ada.request('/profile');
  assert.deepEqual([status, user, cart], [200, 'Ada', [{ product: 'Desk lamp' }]]);
  console.log(`${since()}: she is still logged in, by requests every 400 ms`);

  // A change does not move the end.
  await ada.request('/cart', { product: 'Bookshelf' });
  for (;;) {
    const age = performance.now() - loggedInAt;
    if ((await ada.request('/profile')).status === 401) break;
    assert.ok(age < 3_100, 'it ends, however much it is used');
    await sleep(100);
  }
  assert.ok(performance.now() - askedAt > 2_900);
  console.log(`${since()}: the session has ended, although it was used all the time`);

  const bob = new Browser(base);
  await bob.request('/login', { user: 'Bob' });
  assert.equal((await bob.request('/profile')).user, 'Bob');
  await sleep(1_400);
  assert.equal((await bob.request('/profile')).status, 401);
  console.log('Bob was away for 1.4 s: his session has ended');
});

await withServer({}, async (base) => {
  const ada = new Browser(base);
  await ada.request('/login', { user: 'Ada' });
  const stolen = new Browser(base);
  stolen.cookie = ada.cookie;
  assert.equal((await stolen.request('/profile')).user, 'Ada');
  await ada.request('/logout', {});
  assert.equal(ada.cookie, 'session=');
  assert.equal((await stolen.request('/profile')).status, 401);
  console.log('Ada logs out: her old cookie is worth nothing, whoever has it');
});

if (redis?.stop !== undefined) {
  await withServer({}, async (base) => {
    const [ada, bob, old] = [new Browser(base), new Browser(base), new Browser(base)];
    await ada.request('/login', { user: 'Ada' });
    await bob.request('/login', { user: 'Bob' });
    old.cookie = bob.cookie;

    await redis.stop();
    assert.equal((await ada.request('/profile')).status, 401);
    assert.equal((await ada.request('/help')).status, 200);
    assert.equal((await bob.request('/logout', {})).status, 200);
    console.log('Redis is stopped: Ada is asked to log in, and Bob logs out; there is no error');

    await redis.start();
    const started = performance.now();
    while ((await ada.request('/profile')).status !== 200) {
      assert.equal((await old.request('/profile')).status, 401);
      assert.ok(performance.now() - started < 10_000, 'Redis is used again');
      await sleep(20);
    }
    console.log(`${(performance.now() - started).toFixed(0)} ms after its return Ada is logged in as before`);
    assert.equal((await ada.request('/profile')).user, 'Ada');
    assert.equal((await old.request('/profile')).status, 401);
    console.log('and Bob is still logged out');
  });
}

await removeByPrefix(cache, '');
await cache.lifecycle.close();
await redis?.end();

async function withServer(options, use) {
  const server = sessionServer(new Sessions(cache, options)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await use(`http://127.0.0.1:${server.address().port}`);
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
