import { failOpen, HybridCache } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { expect, it, onTestFinished } from 'vitest';
import { kept, leavesNoProcessBehind } from '../servers/kept.js';
import { instanceName, startRedis } from '../servers/redis-server.js';
import { describeWithRedis } from '../servers/requirement.js';
import { until } from '../servers/waiting.js';
import { rawClient } from '../tools.js';
import { commandsOf, held, twoOver } from './tools.js';

leavesNoProcessBehind();

const down = () => {
  throw new Error('the source is down');
};
const safely = { expiration: '10m', failSafe: { throttleDuration: '2s' } } as const;

describeWithRedis('fail-safe over Redis', () => {
  async function two() {
    const { url } = await kept(startRedis());
    const { one, other, prefix } = await twoOver({ connection: url }, { defaults: safely });
    return { url, prefix, one: one.cache, other: other.cache };
  }

  it('is paced for all processes, and the end of all is where it was', async () => {
    const { url, prefix, one, other } = await two();
    await one.set('k', 'old');
    await one.expire('k');
    const raw = await rawClient(url);
    const ttl = async () => Number(await raw.command('PTTL', `${prefix}k`));
    const before = await ttl();
    expect(before).toBeGreaterThan(86_300_000);
    expect(await one.getOrCreate('k', down)).toBe('old');
    expect(await ttl()).toBeLessThanOrEqual(before);
    expect(await ttl()).toBeGreaterThan(86_300_000);
    // The other one does not try, for two to three seconds.
    expect(await other.getOrCreate('k', () => 'new')).toBe('old');
    expect(other.stats.factoryRuns).toBe(0);
    await until(async () => (await other.getOrCreate('k', () => 'new')) === 'new', 'it is tried again');
  });

  it('expire by one process is the end for all, ends a lease, and keeps the value', async () => {
    const { one, other } = await two();
    await one.set('k', 'old');
    await held(other, 'k');
    let load = (_: string) => {};
    await one.expire('k');
    const loading = one.getOrCreate('k', () => new Promise<string>((resolve) => (load = resolve)));
    await until(async () => one.stats.factoryRuns === 1, 'the factory runs');
    await other.expire('k');
    load('begun before');
    expect(await loading).toBe('begun before');
    await until(async () => other.peek('k') === undefined, 'it is told');
    expect(await other.get('k')).toBeUndefined();
    expect(await other.get('k', { allowStale: true })).toBe('old');
    expect(await other.getOrCreate('k', down)).toBe('old');
  });

  it('many processes that expire, set and load at once never bring an older value back', async () => {
    const { one, other } = await two();
    for (let round = 0; round < 100; round++) {
      await one.set('k', round);
      const [, , got] = await Promise.all([
        other.expire('k'),
        one.set('k', round + 0.5),
        other.getOrCreate<number>('k', down).catch(() => round),
      ]);
      expect(got).toBeGreaterThanOrEqual(round);
      const last = await one.get<number>('k', { allowStale: true });
      expect(last).toBe(round + 0.5);
    }
  });

  it('costs: what is throttled one read, an expire a read and a script', async () => {
    const { url, one, other } = await two();
    // Each script is sent whole the first time.
    for (const cache of [one, other]) {
      await cache.set('warm', 'old');
      await cache.expire('warm');
      await cache.getOrCreate('warm', down);
    }
    await one.set('k', 'old');
    expect(await commandsOf(url, () => one.expire('k'))).toEqual(['HMGET', 'EVALSHA']);
    expect(await commandsOf(url, () => one.getOrCreate('k', down))).toEqual(['HMGET', 'EVALSHA', 'EVALSHA']);
    expect(await commandsOf(url, () => other.getOrCreate('k', down))).toEqual(['HMGET']);
    expect(await commandsOf(url, () => other.getOrCreate('k', down))).toEqual([]);
  });

  it('answers while Redis and the source are both down, and from then on what Redis knows counts', async () => {
    const server = await kept(startRedis());
    const prefix = instanceName();
    const distributed = failOpen(new RedisCache({ connection: server.url, instanceName: prefix }));
    const cache = new HybridCache({
      distributed,
      ownsDistributed: true,
      maxStaleness: '500ms',
      defaults: { expiration: '10m', failSafe: true },
    });
    onTestFinished(() => cache.close({ timeout: 1 }));
    await cache.ready();
    await cache.set('k', 'old', { tags: ['t'] });
    await cache.set('removed', 'old', { tags: ['gone'] });
    await held(cache, 'k');
    await held(cache, 'removed');
    await server.stop();
    await until(async () => cache.peek('k') === undefined, 'the loss is known');
    expect(await cache.getOrCreate('k', down)).toBe('old');
    expect(cache.peek('k', { allowStale: true })).toBe('old');
    expect(await cache.get('k', { allowStale: true })).toBe('old');
    // What this process itself removed is no value to fall back on.
    await cache.removeByTag('gone');
    await expect(cache.getOrCreate('removed', down)).rejects.toThrow('the source is down');
    await cache.expire('k');
    await expect(cache.getOrCreate('k', down)).rejects.toThrow('the source is down');
  });
});
