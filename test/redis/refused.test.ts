import { failOpen } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { expect, it, onTestFinished } from 'vitest';
import { kept } from './servers/kept.js';
import { rawCommand } from './servers/raw-client.js';
import { startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { until } from './servers/waiting.js';
import { errorOf, redisCache, text, textOf } from './tools.js';

/** A replica that has lost its primary and may not answer from what it has: it says so to all that it is asked. */
async function startOrphan() {
  const server = await kept(startRedis());
  await rawCommand(server.port, 'CONFIG', 'SET', 'replica-serve-stale-data', 'no');
  await rawCommand(server.port, 'REPLICAOF', '127.0.0.1', '1');
  return server;
}

describeWithRedis('a server that refuses the first question', () => {
  it('is asked again by the next call', async () => {
    const server = await startOrphan();
    const { cache } = redisCache({ connection: server.url });
    expect(await errorOf(cache.get('k'))).toMatchObject({ code: 'ERR_BACKEND_LOADING' });
    await rawCommand(server.port, 'REPLICAOF', 'NO', 'ONE');
    await cache.set('k', text('v'));
    expect(textOf(await cache.get('k'))).toBe('v');
  });

  it('is used again behind failOpen, once it has come to itself', async () => {
    const server = await startOrphan();
    const cache = failOpen(new RedisCache({ connection: server.url }));
    onTestFinished(() => cache.close());
    for (let i = 0; i < 6; i++) await cache.set(`${i}`, text('v'));
    await rawCommand(server.port, 'REPLICAOF', 'NO', 'ONE');
    await until(async () => {
      await cache.set('k', text('v'));
      return textOf(await cache.get('k')) === 'v';
    }, 'it is used again');
  });
});
