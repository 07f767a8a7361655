import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { failOpen, removeByPrefix } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { Redis } from 'ioredis';
import { Countries } from './countries.mjs';
import { change, title } from './print.mjs';
import { Requests } from './requests.mjs';
import { CountrySource } from './source.mjs';
import { Statistics } from './statistics.mjs';
import { Traffic } from './traffic.mjs';

const capital = (country) => `capital: ${country.capital}`;

/** Redis goes away and comes back, under a program that goes on. */
export async function outage(redis) {
  const { url: connection, instanceName } = redis;
  const statistics = new Statistics();
  /** When Redis was last stopped or started, and when it was first used after that. */
  let turn = 0;
  let usedAt;
  const tell = (text) => console.log(`  ${`+${(performance.now() - turn).toFixed(0)} ms`.padStart(8)}  ${text}`);
  const toReplay = new Set();
  const onEvent = (event) => {
    statistics.onEvent(event);
    if (event.type === 'hit') usedAt ??= performance.now();
    else if (event.type === 'breakerOpened') tell(`the breaker opens: ${event.error.message}`);
    else if (event.type === 'breakerClosed') tell(`the breaker closes, after ${event.openMs} ms`);
    else if (event.type === 'removalRemembered') {
      toReplay.add(event.key);
      tell(`the removal of ${event.key} is remembered`);
    } else if (event.type === 'removalReplayed') {
      toReplay.delete(event.key);
      tell(`the removal of ${event.key} is made up for`);
    }
  };

  title('Redis is killed while the program goes on, and comes back');
  change(
    'const cache = new RedisCache({ connection, instanceName });',
    'const cache = failOpen(new RedisCache({ connection, instanceName }), { onEvent });',
  );
  const cache = failOpen(new RedisCache({ connection, instanceName }), { onEvent });
  await cache.lifecycle.ready();
  // Two sources, so that the calls for Kazakhstan are counted apart from those of the readers.
  const source = new CountrySource();
  const countries = new Countries(cache, source);
  const requests = new Requests(source, statistics);
  await requests.run('country KAZ, cold', () => countries.find('KAZ'), 'source', capital);
  const old = await requests.run('country KAZ, warm', () => countries.find('KAZ'), 'cache', capital);
  const readersSource = new CountrySource();
  const readersCountries = new Countries(cache, readersSource);
  const codes = ['BRA', 'KEN', 'NZL', 'CAN', 'PRT', 'VNM', 'EGY', 'MEX', 'FIN', 'GHA', 'CHL', 'NPL'];
  await Promise.all(codes.map((code) => readersCountries.find(code)));

  console.log(`\n  Ten readers read ${codes.length} countries, on and on. Redis is killed.`);
  const readAny = () => readersCountries.find(codes[Math.floor(codes.length * Math.random())]);
  const traffic = new Traffic(readersSource, readAny);
  await sleep(500);
  traffic.begin('Redis is killed');
  turn = performance.now();
  await redis.stop();
  await sleep(500);
  await requests.run('update KAZ', () => countries.update('KAZ', { capital: ['Nur-Sultan'] }), 'source');
  const during = await requests.run('country KAZ', () => countries.find('KAZ'), 'source', capital);
  assert.deepEqual(during.capital, ['Nur-Sultan']);
  await sleep(500);

  await redis.start();
  turn = performance.now();
  usedAt = undefined;
  traffic.begin('it is back');
  console.log('\n  Redis is back, with what it had.');
  tell(`country KAZ in Redis: ${await capitalInRedis(redis)}`);
  let reads = 0;
  while (usedAt === undefined || toReplay.size > 0) {
    const { capital } = await countries.find('KAZ');
    assert.notDeepEqual(capital, old.capital, 'the old value does not come back');
    reads++;
    assert.ok(performance.now() - turn < 10_000, 'Redis is used again');
  }
  traffic.begin('it is used again');
  console.log(`  Used again ${(usedAt - turn).toFixed(0)} ms after its return. Old values in ${reads} reads of KAZ: 0`);
  assert.ok(usedAt - turn < 3_000);
  await countries.find('KAZ');
  await requests.run('country KAZ', () => countries.find('KAZ'), 'cache', capital);
  const now = await capitalInRedis(redis);
  console.log(`  country KAZ in Redis: ${now}`);
  assert.equal(now, 'capital: Nur-Sultan');
  await sleep(500);
  await traffic.end();

  console.log('\n  What became of the reads:');
  traffic.print();
  for (const { failed } of traffic.phases) assert.equal(failed, 0);
  const [up, down] = traffic.phases;
  assert.equal(up.calls, 0);
  assert.ok(down.reads > 0 && down.calls > 0);
  // Two deadlines of 250 ms are the most that the cache may cost; the rest is for a busy machine.
  assert.ok(down.slowestMs < down.slowestCallMs + 600);

  await removeByPrefix(cache, '');
  await cache.lifecycle.close();
}

/** What another client finds there. */
async function capitalInRedis({ url, instanceName }) {
  const client = new Redis(url);
  const data = await client.hget(`${instanceName}countries:one:KAZ`, 'data');
  client.disconnect();
  return data === null ? 'nothing' : capital(JSON.parse(data));
}
