import { getOrCreate } from 'distributed-cache';
import type { RedisCacheOptions } from 'distributed-cache/redis';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';
import { expect, it, onTestFinished } from 'vitest';
import { listen } from './listening.js';
import { kept, leavesNoProcessBehind } from './servers/kept.js';
import { describeWithRedis } from './servers/requirement.js';
import { type RedisSentinel, startSentinel } from './servers/topologies.js';
import { until } from './servers/waiting.js';
import { writeAsDotnet } from './stored.js';
import { rawClient, redisCache, text, textOf } from './tools.js';

leavesNoProcessBehind();

/** The ways to say where the sentinels are. */
const connections: Record<
  string,
  (sentinel: RedisSentinel) => RedisCacheOptions['connection'] | Promise<Redis | Redis5>
> = {
  'a client of ioredis 6': ({ nodes, name }) => kept(new Redis({ sentinels: [...nodes], name })),
  'a client of ioredis 5': ({ nodes, name }) => kept(new Redis5({ sentinels: [...nodes], name })),
  'options of ioredis': ({ nodes, name }) => ({ sentinels: [...nodes], name }),
  'a connection string with a serviceName': ({ nodes, name }) =>
    `${nodes.map(({ host, port }) => `${host}:${port}`).join(',')},serviceName=${name}`,
};

describeWithRedis('Redis behind Sentinel', () => {
  it('works, and goes on after a failover', { timeout: 60_000 }, async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));

    const sentinel = await kept(startSentinel());
    const caches = await Promise.all(
      Object.entries(connections).map(async ([name, connect]) => {
        const connection = (await connect(sentinel)) as RedisCacheOptions['connection'];
        const started = redisCache({ connection, commandTimeout: 500 });
        const listener = await listen(started.cache.invalidations);
        return { name, ...started, listener };
      }),
    );

    for (const { cache, listener, name } of caches) {
      await listener.up();
      await cache.set('k', text('v'), { slidingExpiration: '5m' });
      expect(textOf(await cache.get('k')), name).toBe('v');
      expect(await getOrCreate(cache, 'loaded', () => 'value')).toBe('value');
      await listener.hears('k');
    }

    await sentinel.primary.kill();
    const down = caches.map(({ listener }) => listener.hears('<down>'));
    // Calls meanwhile fail, each by its deadline, and none of them as if it were the caller's fault.
    const meanwhile = caches.flatMap(({ cache }) => [
      cache.get('k'),
      cache.set('other', text('v')),
      cache.remove('gone'),
      cache.batch.getMany(Array.from({ length: 40 }, (_, i) => `k${i}`)),
      getOrCreate(cache, 'loaded', () => 'value'),
    ]);
    for (const outcome of await Promise.allSettled(meanwhile)) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'BackendError' });
    }
    await Promise.all(down);
    const isOver = async () => (await sentinel.currentPort()) === sentinel.replica.port;
    await until(isOver, 'the failover is over', { timeout: 30_000, every: 20 });

    const raw = await rawClient(sentinel.replica.port);
    for (const { cache, listener, prefix, name, types } of caches) {
      const stored = () =>
        cache.set('k', text('after')).then(
          () => true,
          () => false,
        );
      await until(stored, `${name}: a set is stored again`, { timeout: 20_000 });
      expect(textOf(await cache.get('k')), name).toBe('after');
      expect(textOf((await raw.command('HGET', `${prefix}k`, 'data')) as Buffer), name).toBe('after');
      await cache.remove('loaded');
      expect(await getOrCreate(cache, 'loaded', () => 'anew'), name).toBe('anew');
      expect(await cache.prefixes.removeByPrefix('load'), name).toBe(1);
      await until(listener.isUp, `${name}: it is listened to again`);
      listener.forget();
      await writeAsDotnet(raw, `${prefix}k`, { data: 'foreign' }, 60);
      await listener.hears('k');
      expect(types()).not.toContain('fallback');
    }
    expect(rejections).toEqual([]);
  });
});
