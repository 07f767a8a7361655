// A product catalogue over HTTP with cache-aside reads. An update invalidates the product and every list it is in.
// The example starts the server, sends it requests, checks the answers, and stops: with a cache in memory, with one in
// Redis if there is a Redis, and with that Redis stopped and started again.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeByPrefix } from 'distributed-cache';
import { findRedis } from '../shared/redis.mjs';
import { openCache } from './backend.mjs';
import { Shop } from './shop.mjs';

const patch = (change) => ({ method: 'PATCH', body: JSON.stringify(change), expectQueries: 1 });

console.log('In memory');
await sell(undefined);

const redis = await findRedis();
if (redis !== undefined) {
  console.log(`\nIn Redis (${redis.what})`);
  await sell(redis);
  if (redis.stop !== undefined) await sellThroughAnOutage(redis);
  await redis.end();
}

async function sell(redis) {
  const cache = openCache(redis);
  // The connection may take longer than the first request wants to wait.
  await cache.lifecycle.ready();
  const shop = await Shop.open(cache);

  await shop.request('cold', '/products/1', { expectQueries: 1 });
  await shop.request('warm', '/products/1', { expectQueries: 0 });
  await shop.request('cold list', '/products?category=lighting', { expectQueries: 1 });
  await shop.request('warm list', '/products?category=lighting', { expectQueries: 0 });
  await shop.request('cold list of another category', '/products?category=furniture', { expectQueries: 1 });

  await shop.request('update', '/products/1', patch({ price: 35 }));
  const product = await shop.request('the product was invalidated', '/products/1', { expectQueries: 1 });
  const list = await shop.request('the list too', '/products?category=lighting', { expectQueries: 1 });
  assert.equal(product.body.price, 35);
  assert.equal(list.body.find(({ id }) => id === '1').price, 35);
  await shop.request('the other list is untouched', '/products?category=furniture', { expectQueries: 0 });

  await shop.request('the lamp moves to furniture', '/products/2', patch({ category: 'furniture' }));
  const left = await shop.request('the list it left', '/products?category=lighting', { expectQueries: 1 });
  const entered = await shop.request('the list it came to', '/products?category=furniture', { expectQueries: 1 });
  assert.deepEqual(
    left.body.map(({ id }) => id),
    ['1'],
  );
  assert.deepEqual(
    entered.body.map(({ id }) => id),
    ['2', '3'],
  );

  const missing = await shop.request('no such product', '/products/99', { expectQueries: 1 });
  assert.equal(missing.status, 404);
  await shop.request('remembered as missing', '/products/99', { expectQueries: 0 });

  await removeByPrefix(cache, '');
  assert.equal(await fiftyAtOnce(shop), 1);

  await removeByPrefix(cache, '');
  await shop.close();
  await cache.lifecycle.close();
}

async function sellThroughAnOutage(redis) {
  const cache = openCache(redis);
  await cache.lifecycle.ready();
  const shop = await Shop.open(cache);
  await shop.request('cold', '/products/1', { expectQueries: 1 });
  const before = await shop.request('warm', '/products/1', { expectQueries: 0 });
  assert.equal(before.body.price, 39);

  console.log('\nRedis is stopped: every request is answered, by the database');
  await redis.stop();
  for (let i = 0; i < 6; i++) {
    const product = await shop.request('without Redis', '/products/1', { expectQueries: 1 });
    assert.deepEqual(product, before);
  }
  // Nothing is kept, so a request that comes when the first query has ended makes another one.
  assert.ok((await fiftyAtOnce(shop)) < 10);
  await shop.request('update', '/products/1', patch({ price: 29 }));
  const during = await shop.request('as it is now', '/products/1', { expectQueries: 1 });
  const list = await shop.request('the list too', '/products?category=lighting', { expectQueries: 1 });
  assert.equal(during.body.price, 29);
  assert.equal(list.body.find(({ id }) => id === '1').price, 29);
  const missing = await shop.request('no such product', '/products/99', { expectQueries: 1 });
  assert.equal(missing.status, 404);

  await redis.start();
  const started = performance.now();
  console.log('\nRedis is back, and still has the product with its old price');
  for (;;) {
    const queriesBefore = shop.queries;
    const { body } = await shop.fetch('/products/1');
    assert.equal(body.price, 29, 'the old price does not come back');
    if (shop.queries === queriesBefore) break;
    assert.ok(performance.now() - started < 10_000, 'Redis is used again');
    await sleep(20);
  }
  console.log(`      answered from the cache again ${(performance.now() - started).toFixed(0)} ms after its return`);
  const after = await shop.request('warm', '/products/1', { expectQueries: 0 });
  assert.equal(after.body.price, 29);
  await shop.request('cold list', '/products?category=lighting', { expectQueries: 1 });
  await shop.request('warm list', '/products?category=lighting', { expectQueries: 0 });

  await removeByPrefix(cache, '');
  await shop.close();
  await cache.lifecycle.close();
}

/** Resolves to how many queries they made. */
async function fiftyAtOnce(shop) {
  const queriesBefore = shop.queries;
  await Promise.all(Array.from({ length: 50 }, () => shop.fetch('/products/3')));
  const queries = shop.queries - queriesBefore;
  console.log(`50 requests at once for a cold product: ${queries === 1 ? '1 query' : `${queries} queries`}`);
  return queries;
}
