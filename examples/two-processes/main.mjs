// Two processes, one Redis: what the one changes the other one sees, a cold key is loaded once however many ask, and both go on
// while Redis is stopped. Run it with `node examples/two-processes/main.mjs`.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedis } from '../shared/redis.mjs';
import { Shop } from './shop.mjs';

const redis = await findRedis();
if (redis !== undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'distributed-cache-example-'));
  const database = join(folder, 'products.json');
  await writeFile(database, JSON.stringify({ p1: { id: 'p1', price: 10 } }));
  const [one, other] = await Promise.all([Shop.open(redis, database), Shop.open(redis, database)]);
  try {
    await stampede(one, other);
    await change(one, other);
    if (redis.stop !== undefined) await outage(one, other);
  } finally {
    await Promise.all([one.close(), other.close()]);
    await redis.end();
    await rm(folder, { recursive: true });
  }
}

async function stampede(one, other) {
  console.log('\nA cold key, 250 callers in each of two processes:');
  const all = await Promise.all([one.ask('find', 'p1', 250), other.ask('find', 'p1', 250)]);
  const queries = all.reduce((sum, reply) => sum + reply.queries, 0);
  for (const [i, { value, ms }] of all.entries()) console.log(`  process ${i + 1}: price ${value.price}, ${ms} ms`);
  console.log(`  queries of the database in all: ${queries}`);
  assert.equal(queries, 1);
}

async function change(one, other) {
  console.log('\nBoth hold it now. The first process changes the price:');
  for (const shop of [one, other]) assert.equal((await shop.ask('hold', 'p1')).value.price, 10);
  const begun = performance.now();
  await one.ask('change', 'p1', 12);
  const { value } = await other.ask('until', 'p1', 12);
  console.log(`  the second process sees ${value.price} after ${(performance.now() - begun).toFixed(1)} ms`);

  console.log('\nThe second process removes all products by their tag:');
  await other.ask('removeByTag', 'products');
  const reply = await one.ask('find', 'p1', 1);
  console.log(`  the first process asks its database again: ${reply.queries} query, price ${reply.value.price}`);
  assert.equal(reply.queries, 1);
}

async function outage(one, other) {
  console.log('\nRedis is stopped. Each process goes on, at about 1,000 calls a second for three seconds:');
  await redis.stop();
  const all = await Promise.all([one.ask('traffic', 'p1', 3_000), other.ask('traffic', 'p1', 3_000)]);
  for (const [i, { calls, failed, queries }] of all.entries()) {
    console.log(`  process ${i + 1}: ${calls} calls, ${failed} failed, ${queries} queries of the database`);
    assert.equal(failed, 0);
    // One each second, which is its `maxStaleness`, and those of the beginning.
    assert.ok(queries <= 6, 'the database is not asked for each call');
  }

  console.log('\nThe first process changes the price while Redis is away:');
  const changed = performance.now();
  await one.ask('change', 'p1', 15);
  const { value } = await other.ask('until', 'p1', 15);
  const ms = performance.now() - changed;
  console.log(
    `  the second process sees ${value.price} after ${ms.toFixed(0)} ms: no copy is older than its bound of 1000 ms`,
  );

  console.log('\nRedis comes back, with the old price in it:');
  const begun = performance.now();
  await redis.start();
  await Promise.all([one.ask('restored'), other.ask('restored')]);
  console.log(
    `  changes are heard again, and the old price is removed, after ${(performance.now() - begun).toFixed(0)} ms`,
  );
  for (const shop of [one, other]) assert.equal((await shop.ask('until', 'p1', 15)).value.price, 15);
  await other.ask('change', 'p1', 20);
  const seen = await one.ask('until', 'p1', 20);
  console.log(`  the second process changes the price, the first one sees ${seen.value.price}`);
}
