import { failOpen, prefixed } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { afterAll } from 'vitest';
import { describeHybrid } from '../../hybrid/suite.js';
import { leavesNoProcessBehind } from '../servers/kept.js';
import { instanceName } from '../servers/redis-server.js';
import { describeWithSharedRedis } from '../servers/requirement.js';

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
  describeHybrid('over Redis, nothing local', async () => ({ distributed: await redis(), local: false }));
});
