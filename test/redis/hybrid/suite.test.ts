import { failOpen, prefixed } from 'distributed-cache';
import { compressed } from 'distributed-cache/compression';
import { encrypted } from 'distributed-cache/encryption';
import { RedisCache } from 'distributed-cache/redis';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeHybrid } from '../../hybrid/suite.js';
import { leavesNoProcessBehind } from '../servers/kept.js';
import { instanceName } from '../servers/redis-server.js';
import { describeWithRedis, describeWithSharedRedis } from '../servers/requirement.js';
import { type RedisCluster, startCluster } from '../servers/topologies.js';
import { until } from '../servers/waiting.js';
import { held, twoOver } from './tools.js';

leavesNoProcessBehind();

describeWithSharedRedis('on Redis', ({ url }) => {
  const caches: RedisCache[] = [];
  afterAll(() => Promise.all(caches.map((cache) => cache.close())));

  /** Connected, so that a test's first call is like every other. */
  async function redis(name = instanceName()): Promise<RedisCache> {
    const cache = new RedisCache({ connection: url, instanceName: name });
    caches.push(cache);
    await cache.ready();
    return cache;
  }

  describeHybrid('over Redis', async () => ({ distributed: await redis() }));
  describeHybrid('over all of a Redis, under a prefix', async () => ({
    distributed: prefixed(await redis(''), instanceName()),
  }));
  describeHybrid('over a fail-open Redis', async () => ({ distributed: failOpen(await redis()) }));
  describeHybrid('over a fail-open Redis, compressed and encrypted', async () => ({
    distributed: compressed(encrypted(failOpen(await redis()), { keys: [{ id: 'k', key: new Uint8Array(32) }] }), {
      threshold: 20,
    }),
  }));
  describeHybrid('over Redis, nothing local', async () => ({ distributed: await redis(), local: false }));
});

describeWithRedis('on a Cluster of three masters', () => {
  let servers: RedisCluster;
  let client: Cluster;

  beforeAll(async () => {
    servers = await startCluster();
    client = new Cluster([...servers.nodes]);
  }, 30_000);
  afterAll(async () => {
    client.disconnect();
    await servers.stop();
  });

  describeHybrid('over a Redis Cluster', async () => {
    const distributed = new RedisCache({ connection: client, instanceName: instanceName() });
    await distributed.ready();
    return { distributed, ownsDistributed: true };
  });

  it('one process hears what another one changes, on whichever node', async () => {
    const connection = servers.ports.map((port) => `127.0.0.1:${port}`).join(',');
    const { one, other } = await twoOver({ connection });
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    await one.cache.setMany(keys.map((key) => ({ key, value: 'old', options: { tags: [`tag ${key}`] } })));
    for (const key of keys) await held(other.cache, key);
    const [removed, replaced, tagged] = [keys.slice(0, 10), keys.slice(10, 20), keys.slice(20)];
    await one.cache.remove(removed);
    await one.cache.setMany(replaced.map((key) => ({ key, value: 'new' })));
    await one.cache.removeByTag(tagged.map((key) => `tag ${key}`));
    await until(() => keys.every((key) => other.cache.peek(key) !== 'old'), 'all has been heard');
    expect(await other.cache.getMany(keys)).toEqual(keys.map((key) => (replaced.includes(key) ? 'new' : undefined)));
  });
});
