// Both copies of the Redis entry on a real server, with the ioredis that is installed here: node redis-server.mjs URL.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as coreEsm from 'distributed-cache';
import * as redisEsm from 'distributed-cache/redis';
import { Redis } from 'ioredis';

const [connection] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const esm = { ...coreEsm, ...redisEsm };
const cjs = { ...require('distributed-cache'), ...require('distributed-cache/redis') };
const instanceName = `consumer-${process.pid}:`;
const client = new Redis(connection);

for (const [one, other] of [
  [esm, cjs],
  [cjs, esm],
]) {
  const writer = new one.RedisCache({ connection, instanceName });
  // A client that is handed in, by the other copy.
  const reader = new other.RedisCache({ connection: client, instanceName });
  await Promise.all([writer.ready(), reader.ready()]);

  await one.setJson(writer, 'user', { name: 'Ada' }, { slidingExpiration: '1m' });
  assert.deepEqual(await other.getJson(reader, 'user'), { name: 'Ada' });
  const ttl = await client.pttl(`${instanceName}user`);
  assert.ok(ttl > 55_000 && ttl <= 60_000, `${ttl} ms`);

  let runs = 0;
  const factory = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return ++runs;
  };
  const loads = [writer, reader].flatMap((cache) =>
    Array.from({ length: 20 }, () => one.getOrCreate(cache, 'n', factory)),
  );
  assert.deepEqual(await Promise.all(loads), Array(40).fill(1), 'one load for two connections');

  assert.equal(await other.removeByPrefix(reader, ''), 2);
  assert.equal(await one.getJson(writer, 'user'), undefined);
  await writer.close();
  await reader.close();
  assert.equal(await client.ping(), 'PONG', 'a client that was handed in is not closed');
}
client.disconnect();
