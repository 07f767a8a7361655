// What an outage of Redis costs behind failOpen, with its default settings: 200 getOrCreate calls in a row, each for a key
// of its own, while the server is in the state named; then how long it takes until the cache is used again.
// npm run bench:outage   (needs `npm run build`; starts and ends servers of its own)
import { setTimeout as sleep } from 'node:timers/promises';
import { failOpen, getOrCreate } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { freePort, startOwnServer } from './redis-server.mjs';

const calls = 200;
let unhandled = 0;
process.on('unhandledRejection', () => unhandled++);

/** Runs the calls, and says how long they took. */
async function measure(cache) {
  const times = [];
  let errors = 0;
  for (let i = 0; i < calls; i++) {
    const started = performance.now();
    await getOrCreate(cache, `${i}`, () => ({ id: i }), { relativeExpiration: '1m' }).catch(() => errors++);
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return { median: times[calls >> 1], slowest: times.at(-1), errors };
}

/** Milliseconds until a value that was loaded is there at the next call. */
async function untilUsed(cache) {
  const started = performance.now();
  for (let i = 0; ; i++) {
    let loads = 0;
    const load = () => getOrCreate(cache, `again ${i}`, () => ++loads, { relativeExpiration: '1m' });
    await load();
    await load();
    if (loads === 1) return performance.now() - started;
    await sleep(5);
  }
}

/** Each gives the url, what begins the outage once the cache was used, and what ends it. */
const scenarios = {
  'never there (connection refused)': async () => {
    const port = await freePort();
    let server;
    return {
      url: `redis://127.0.0.1:${port}`,
      wasUp: false,
      begin: () => {},
      end: async () => {
        server = await startOwnServer(port);
      },
      stop: () => server?.stop(),
    };
  },
  'killed (SIGKILL)': async () => {
    let server = await startOwnServer();
    const { url, port } = server;
    return {
      url,
      wasUp: true,
      begin: () => server.stop(),
      end: async () => {
        server = await startOwnServer(port);
      },
      stop: () => server.stop(),
    };
  },
  'frozen (SIGSTOP)': async () => {
    const server = await startOwnServer();
    return {
      url: server.url,
      wasUp: true,
      begin: () => server.signal('SIGSTOP'),
      end: () => server.signal('SIGCONT'),
      stop: () => server.stop(),
    };
  },
};

console.log(
  `Node ${process.version}, ${calls} getOrCreate calls in a row, failOpen(RedisCache) with default settings, ms`,
);
console.log(
  `${'state of the server'.padEnd(34)} ${'median'.padStart(8)} ${'slowest'.padStart(8)} errors  used again after`,
);
for (const [name, prepare] of Object.entries(scenarios)) {
  const scenario = await prepare();
  const redis = new RedisCache({ connection: scenario.url });
  const cache = failOpen(redis);
  if (scenario.wasUp) await untilUsed(cache);
  await scenario.begin();
  const { median, slowest, errors } = await measure(cache);
  await scenario.end();
  const recovery = await untilUsed(cache);
  console.log(
    `${name.padEnd(34)} ${median.toFixed(3).padStart(8)} ${slowest.toFixed(1).padStart(8)} ${String(errors).padStart(6)}  ${recovery.toFixed(0)} ms`,
  );
  await cache.close();
  await scenario.stop();
}
console.log(`unhandled rejections: ${unhandled}`);
