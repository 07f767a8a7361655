import { type DistributedCache, getOrCreate } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { describeDistributedCache } from 'distributed-cache/testing';
import RedisMock from 'ioredis-mock';
import { describe, expect, it } from 'vitest';
import { instanceName } from '../servers/redis-server.js';
import { until } from '../servers/waiting.js';
import { redisCache, text, textOf } from '../tools.js';
import { onRealServer } from './capabilities.js';

/** Without what the mock gets wrong (docs/redis.md, "ioredis-mock"): patterns with a backslash, scans while keys go, expirations that are told. */
function supported(cache: RedisCache): DistributedCache {
  return {
    name: cache.name,
    lifecycle: cache.lifecycle,
    batch: cache.batch,
    get: (key, options) => cache.get(key, options),
    set: (key, value, options) => cache.set(key, value, options),
    refresh: (key, options) => cache.refresh(key, options),
    remove: (key, options) => cache.remove(key, options),
  };
}

describe.concurrent('ioredis-mock', () => {
  describeDistributedCache('RedisCache on ioredis-mock', {
    ...onRealServer,
    create: () => supported(new RedisCache({ connection: new RedisMock(), instanceName: instanceName() })),
    capabilities: ['lifecycle', 'batch'],
    // It runs in this process, and the cases with a thousand keys hold up all others.
    unit: 700,
  });
});

describe('RedisCache on ioredis-mock, beside the contract suite', () => {
  it('says once that there are no scripts, and has no leases from then on', async () => {
    const { cache, events } = redisCache({ connection: new RedisMock() });
    await cache.ready();
    expect(cache.leases).toBeUndefined();
    await cache.set('k', text('v'));
    const told = events.filter(({ type }) => type === 'fallback').map((event) => 'feature' in event && event.feature);
    expect(told.sort()).toEqual(['scripts', 'tracking']);
  });

  it('loads once for many callers, also before it knows that there are no leases', async () => {
    const { cache } = redisCache({ connection: new RedisMock() });
    let runs = 0;
    const load = () => getOrCreate(cache, 'k', async () => ++runs, { relativeExpiration: '1m' });
    expect(await Promise.all([load(), load(), load()])).toEqual([1, 1, 1]);
    expect(await getOrCreate(cache, 'other', () => 'value')).toBe('value');
    expect(await getOrCreate(cache, 'other', () => 'another')).toBe('value');
  });

  it('removes and lists by a prefix without characters of a pattern', async () => {
    const { cache } = redisCache({ connection: new RedisMock() });
    for (const key of ['user:1', 'user:2', 'order:1']) await cache.set(key, text(key));
    const listed: string[] = [];
    for await (const key of cache.prefixes.keys('user:')) listed.push(key);
    expect(listed.sort()).toEqual(['user:1', 'user:2']);
    expect(await cache.prefixes.removeByPrefix('user:')).toBe(2);
    expect(textOf(await cache.get('order:1'))).toBe('order:1');
  });

  it('tells other caches on the same data what it changed', async () => {
    const { cache, prefix } = redisCache({ connection: new RedisMock() });
    const other = redisCache({ connection: new RedisMock(), instanceName: prefix });
    const heard: string[] = [];
    let isUp = false;
    await other.cache.invalidations.listen({
      keys: (keys) => void heard.push(...keys),
      all: () => {},
      up: () => {
        isUp = true;
      },
      down: () => {},
    });
    await until(() => isUp, 'the listener is up');
    await cache.set('k', text('v'));
    await until(() => heard.includes('k'), 'the set is heard');
  });
});
