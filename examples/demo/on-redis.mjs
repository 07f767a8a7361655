import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { removeByPrefix } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { Redis } from 'ioredis';
import { findRedis } from '../shared/redis.mjs';
import { Countries } from './countries.mjs';
import { outage } from './outage.mjs';
import { change, print, title } from './print.mjs';
import { Requests } from './requests.mjs';
import { CountrySource } from './source.mjs';
import { Statistics } from './statistics.mjs';

/** The same on Redis, if there is one. */
export async function onRedis() {
  const redis = await findRedis();
  if (redis === undefined) return;
  const raw = new Redis(redis.url);
  try {
    await sharedByProcesses(redis, raw);
  } finally {
    raw.disconnect();
  }
  if (redis.stop !== undefined) await outage(redis);
  await redis.end();
}

async function sharedByProcesses(redis, raw) {
  const source = new CountrySource();
  const statistics = new Statistics();
  const { onEvent } = statistics;
  const { url: connection, instanceName } = redis;
  const cache = new RedisCache({ connection, instanceName, onEvent });
  const countries = new Countries(cache, source);
  const requests = new Requests(source, statistics);
  const version = /redis_version:(\S+)/.exec(await raw.info('server'))?.[1];
  await cache.ready();

  title('The same on Redis: one line changes');
  change(
    'const cache = new MemoryCache({ onEvent });',
    'const cache = new RedisCache({ connection, instanceName, onEvent });',
  );
  console.log(`  It is ${redis.what}; its version is ${version}.\n`);
  for (const [temperature, from] of [
    ['cold', 'source'],
    ['warm', 'cache'],
  ]) {
    for (const code of ['KAZ', 'BRA', 'KEN'])
      await requests.run(`country ${code}, ${temperature}`, () => countries.find(code), from);
    await requests.run(
      `region Asia, ${temperature}`,
      () => countries.region('Asia'),
      from,
      (list) => `${list.length} countries`,
    );
  }

  title('Another process reads what this one stored');
  const other = fork(new URL('other-process.mjs', import.meta.url), [connection, instanceName]);
  const ask = async (question) => {
    const answer = once(other, 'message');
    other.send(question);
    return (await answer)[0];
  };
  await once(other, 'message');
  console.log(`  this process is ${process.pid}, the other one is ${other.pid}`);
  for (const code of ['KAZ', 'BRA', 'KEN']) {
    const { name, ms, calls } = await ask({ code, callers: 1 });
    print(`country ${code}`, ms, calls === 0 ? 'cache' : 'source', name);
    assert.equal(calls, 0);
  }

  title('A stampede on both processes: 100 callers at once for a cold country');
  const callsBefore = source.calls;
  const started = performance.now();
  const [theirs] = await Promise.all([
    ask({ code: 'ISL', callers: 50 }),
    ...Array.from({ length: 50 }, () => countries.find('ISL')),
  ]);
  print('country ISL, 50 + 50 callers', performance.now() - started, 'source', theirs.name);
  const calls = { here: source.calls - callsBefore, there: theirs.calls };
  console.log(
    `  source calls: ${calls.here + calls.there} (${calls.here} in this process, ${calls.there} in the other)`,
  );
  assert.equal(calls.here + calls.there, 1);
  other.disconnect();
  await once(other, 'exit');

  title('What is in Redis: an entry as ASP.NET Core writes and reads it');
  const sliding = { slidingExpiration: '2m', relativeExpiration: '5m' };
  await requests.run('country JPN, sliding', () => countries.find('JPN', sliding), 'source');
  const key = `${instanceName}countries:one:JPN`;
  const [hash, ttl] = await Promise.all([raw.hgetall(key), raw.pttl(key)]);
  console.log(`  HGETALL ${key}`);
  console.log(`    absexp  ${hash.absexp}  in .NET's ticks: ${timeOf(hash.absexp)}`);
  console.log(`    sldexp  ${hash.sldexp}          in .NET's ticks: ${Number(hash.sldexp) / 10_000_000} s`);
  console.log(`    data    ${hash.data.slice(0, 60)}... (${Buffer.byteLength(hash.data)} bytes)`);
  console.log(`  PTTL    ${ttl} ms`);
  assert.deepEqual(Object.keys(hash).sort(), ['absexp', 'data', 'sldexp']);
  assert.match(hash.absexp, /^\d{18}$/);
  assert.equal(hash.sldexp, '1200000000');
  assert.equal(JSON.parse(hash.data).cca3, 'JPN');
  assert.ok(ttl > 0 && ttl <= 120_000);

  await removeByPrefix(cache, '');
  await cache.close();
}

/** .NET counts 100 ns since the year 1. */
const timeOf = (ticks) => new Date(Number(BigInt(ticks) / 10_000n) - 62_135_596_800_000).toISOString();
