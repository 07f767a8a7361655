import { failOpen, prefixed } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { describeDistributedCache } from 'distributed-cache/testing';
import { Cluster } from 'ioredis';
import { Cluster as Cluster5 } from 'ioredis-5';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithRedis } from '../servers/requirement.js';
import { type RedisCluster, startCluster } from '../servers/topologies.js';
import { redisCache, text, textOf } from '../tools.js';
import { onRealServer, patient } from './capabilities.js';

describeWithRedis('a Cluster of three masters', () => {
  let servers: RedisCluster;
  let clients: { six: Cluster; five: Cluster5 };
  let count = 0;
  const fresh = () => `cluster:${++count}:`;

  beforeAll(async () => {
    servers = await startCluster();
    clients = { six: new Cluster([...servers.nodes]), five: new Cluster5([...servers.nodes]) };
  }, 30_000);

  afterAll(async () => {
    clients.six.disconnect();
    clients.five.disconnect();
    await servers.stop();
  });

  it('is found out by itself from the URL of one of its nodes, and from a connection string that names two', async () => {
    const addresses = servers.ports.map((port) => `127.0.0.1:${port}`);
    for (const connection of [`redis://${addresses[0]}`, addresses.slice(1).join(',')]) {
      const { cache } = redisCache({ connection });
      const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
      await cache.batch.setMany(keys.map((key) => ({ key, value: text(key) })));
      expect((await cache.batch.getMany(keys)).map(textOf)).toEqual(keys);
      expect(await cache.prefixes.removeByPrefix('k')).toBe(100);
    }
  });

  describe.concurrent('side by side', () => {
    describeDistributedCache('RedisCache on a Cluster of ioredis 6', {
      create: () => new RedisCache({ connection: clients.six, instanceName: fresh() }),
      ...onRealServer,
    });
    describeDistributedCache('failOpen(RedisCache) on a Cluster of ioredis 5', {
      create: () => failOpen(new RedisCache({ connection: clients.five, instanceName: fresh() }), patient),
      ...onRealServer,
    });
    describeDistributedCache('prefixed(RedisCache) on a Cluster', {
      create: () => prefixed(new RedisCache({ connection: clients.six, instanceName: fresh() }), 'p*:'),
      ...onRealServer,
    });
  });
});
