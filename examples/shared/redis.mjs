// A Redis for the examples: REDIS_URL, else a redis-server or valkey-server from the PATH.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { RedisRelay } from './redis-relay.mjs';
import { RedisServer } from './redis-server.mjs';

/**
 * Resolves to a Redis, or to `undefined` where there is none, after a line that says so:
 *
 * - `url`: where it is.
 * - `instanceName`: what this run puts before its keys, so that it meets nobody else's.
 * - `what`: where it comes from, in words.
 * - `stop()` and `start()`: it goes away as in a crash, and comes back at the same address with what it had. Both are
 *   `undefined` where that can't be done.
 * - `end()`: it is not needed any more.
 */
export async function findRedis() {
  const instanceName = `example-${randomUUID().slice(0, 8)}:`;
  const given = process.env.REDIS_URL;
  if (given) return { instanceName, ...(await givenRedis(given)) };
  for (const program of ['redis-server', 'valkey-server']) {
    const server = await RedisServer.start(program);
    if (server === undefined) continue;
    return {
      instanceName,
      url: server.url,
      what: `${program}, started for this run`,
      stop: () => server.stop(),
      start: () => server.start(),
      end: () => server.end(),
    };
  }
  console.log(
    '\nSkipped: what needs Redis. There is no redis-server and no valkey-server on the PATH: install one, or set REDIS_URL.',
  );
  return undefined;
}

/** Somebody else's server is not ours to stop. The way to it is: here it leads through a relay. */
async function givenRedis(given) {
  const what = 'the Redis of REDIS_URL';
  const direct = { url: given, what, stop: undefined, start: undefined, end: async () => {} };
  // TLS needs the server's real name, and a Cluster has its clients come to all its nodes.
  const isCluster = await askIsCluster(given);
  if (isCluster || new URL(given).protocol !== 'redis:') {
    console.log(
      '\nSkipped: Redis that goes away. The one of REDIS_URL uses TLS or is a Cluster, where no relay can cut it off.',
    );
    return direct;
  }
  const relay = await RedisRelay.open(given);
  return {
    url: relay.url,
    what,
    stop: () => relay.stop(),
    start: () => relay.start(),
    end: () => relay.stop(),
  };
}

async function askIsCluster(url) {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  let refusal;
  client.on('error', (error) => {
    refusal = error;
  });
  try {
    await client.connect();
    return /cluster_enabled:1/.test(await client.info('cluster'));
  } catch (error) {
    throw new Error(`REDIS_URL is set, but that Redis can't be used: ${(refusal ?? error).message}`);
  } finally {
    client.disconnect();
  }
}
