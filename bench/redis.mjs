// What a read and a write of Redis cost: RedisCache beside ioredis's own GET and SET, in one run, in shuffled rounds, with
// the CPU that client and server spent. Starts a redis-server of its own, or uses REDIS_URL.
// npm run bench:redis [-- --rounds 25 --ms 100 --bytes 1000 --callers 1,8,64,256 --only read]   (needs `npm run build`)
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { getJson, setJson } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { Redis } from 'ioredis';
import { median } from './quantile.mjs';
import { startServer } from './redis-server.mjs';
import { serverCpu } from './server-cpu.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '25' },
    ms: { type: 'string', default: '100' },
    bytes: { type: 'string', default: '1000' },
    callers: { type: 'string', default: '1,8,64,256' },
    only: { type: 'string', default: '' },
  },
});
const [rounds, ms, bytes] = [values.rounds, values.ms, values.bytes].map(Number);
const callerCounts = values.callers.split(',').map(Number);
const keyCount = 2_000;
const expiration = { relativeExpiration: '10m' };

const server = await startServer();
const redis = new Redis(server.url);
const client = new Redis(server.url);
await Promise.all([once(redis, 'ready'), once(client, 'ready')]);
const cache = new RedisCache({ connection: client, instanceName: 'bench:cache:' });

const value = { id: 1, name: 'a product', tags: ['a', 'b'], text: '' };
value.text = 'x'.repeat(Math.max(0, bytes - JSON.stringify(value).length));
const json = JSON.stringify(value);
const binary = new TextEncoder().encode(json);
const keys = Array.from({ length: keyCount }, (_, i) => `product:${i}`);
const plainKeys = keys.map((key) => `bench:plain:${key}`);
for (let i = 0; i < keyCount; i++) {
  await redis.set(plainKeys[i], json, 'PX', 600_000);
  await setJson(cache, keys[i], value, expiration);
}
// What any atomic set of an entry costs at least: the server's time, the three fields and their life in one script.
const bareSet = `
local t = redis.call('TIME')
redis.call('HSET', KEYS[1], 'absexp', string.format('%.0f%06d0', t[1] + 62135596800 + 600, t[2]), 'sldexp', '-1', 'data', ARGV[1])
return redis.call('PEXPIRE', KEYS[1], 600000)`;
const bareSha = await redis.script('LOAD', bareSet);
const bareKeys = keys.map((key) => `bench:bare:${key}`);

const groups = {
  'read, JSON parsed': {
    base: 'ioredis GET',
    cases: {
      'ioredis GET': async (i) => JSON.parse(await redis.get(plainKeys[i])),
      'getJson(RedisCache)': (i) => getJson(cache, keys[i]),
    },
  },
  'read, bytes': {
    base: 'ioredis GET (getBuffer)',
    cases: {
      'ioredis GET (getBuffer)': (i) => redis.getBuffer(plainKeys[i]),
      'RedisCache.get': (i) => cache.get(keys[i]),
    },
  },
  'write, JSON': {
    base: 'ioredis SET PX',
    cases: {
      'ioredis SET PX': (i) => redis.set(plainKeys[i], JSON.stringify(value), 'PX', 600_000),
      'setJson(RedisCache)': (i) => setJson(cache, keys[i], value, expiration),
    },
  },
  'write, bytes': {
    base: 'ioredis SET PX (bytes)',
    cases: {
      'ioredis SET PX (bytes)': (i) => redis.set(plainKeys[i], Buffer.from(binary), 'PX', 600_000),
      'RedisCache.set': (i) => cache.set(keys[i], binary, expiration),
      'EVALSHA, nothing around it': (i) => redis.evalshaBuffer(bareSha, 1, bareKeys[i], Buffer.from(binary)),
    },
  },
};

/** `callers` loops for `ms` milliseconds. */
async function measure(run, callers, duration) {
  const serverBefore = await serverCpu(redis);
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const end = started + duration;
  let operations = 0;
  const loop = async (_, caller) => {
    let i = (caller * 37) % keyCount;
    while (performance.now() < end) {
      await run(i);
      operations++;
      i = i + 1 === keyCount ? 0 : i + 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, loop));
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    rate: operations / seconds,
    client: (user + system) / operations,
    server: ((await serverCpu(redis)) - serverBefore) / operations,
  };
}

const samples = new Map();
const jobs = [];
for (const callers of callerCounts) {
  for (const [group, { cases }] of Object.entries(groups)) {
    if (!group.includes(values.only)) continue;
    for (const [name, run] of Object.entries(cases)) jobs.push({ id: `${group}|${callers}|${name}`, callers, run });
  }
}
for (const { run, callers } of jobs) await measure(run, callers, ms / 4);
for (let round = 0; round < rounds; round++) {
  for (const { id, callers, run } of jobs.sort(() => Math.random() - 0.5)) {
    if (!samples.has(id)) samples.set(id, []);
    samples.get(id).push(await measure(run, callers, ms));
  }
}

const column = (id, name) => median(samples.get(id).map((sample) => sample[name]));
const version = (await redis.info('server')).match(/redis_version:(\S+)/)[1];
console.log(
  `Node ${process.version}, Redis ${version}, ${bytes} bytes, ${keyCount} keys, ${rounds} rounds of ${ms} ms, medians; CPU in us an operation`,
);
for (const [group, { base, cases }] of Object.entries(groups)) {
  if (!group.includes(values.only)) continue;
  console.log(`\n${group.padEnd(28)} callers        /s  ratio   client  ratio   server  ratio`);
  for (const callers of callerCounts) {
    for (const name of Object.keys(cases)) {
      const figures = ['rate', 'client', 'server'].map((figure, i) => {
        const own = column(`${group}|${callers}|${name}`, figure);
        const ratio = own / column(`${group}|${callers}|${base}`, figure);
        return `${own.toFixed(i === 0 ? 0 : 1).padStart(i === 0 ? 9 : 8)} ${ratio.toFixed(2).padStart(6)}`;
      });
      console.log(`  ${name.padEnd(26)} ${String(callers).padStart(7)} ${figures.join(' ')}`);
    }
  }
}

await cache.close();
client.disconnect();
redis.disconnect();
await server.stop();
