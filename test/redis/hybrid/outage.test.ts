import { type CacheEvent, failOpen, HybridCache } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest';
import { kept, leavesNoProcessBehind } from '../servers/kept.js';
import { startRedis } from '../servers/redis-server.js';
import { describeWithRedis } from '../servers/requirement.js';
import { until } from '../servers/waiting.js';
import { held, hybridOver } from './tools.js';

leavesNoProcessBehind();

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.removeListener('unhandledRejection', note));
afterEach(() => expect(unhandled.splice(0)).toEqual([]));

describeWithRedis('while Redis is away', () => {
  async function failingOpen() {
    const server = await kept(startRedis());
    const events: CacheEvent[] = [];
    const distributed = failOpen(new RedisCache({ connection: server.url, instanceName: 'app:' }));
    const cache = new HybridCache({
      distributed,
      ownsDistributed: true,
      maxStaleness: '1s',
      onEvent: (event) => events.push(event),
    });
    onTestFinished(() => cache.close({ timeout: 1 }));
    await cache.ready();
    return { server, cache, has: (type: CacheEvent['type']) => events.some((event) => event.type === type) };
  }

  it.each(['kill', 'freeze'] as const)(
    '(%s) a key costs its source one call each bound, and nothing is thrown',
    async (how) => {
      const { server, cache, has } = await failingOpen();
      await cache.set('k', 0);
      await held(cache, 'k');
      await server[how]();
      await until(() => has('coherenceLost'), 'the loss is noticed');
      let loads = 0;
      const begun = performance.now();
      while (performance.now() - begun < 3_500) {
        await cache.getOrCreate('k', () => ++loads);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      // One a second, and one for each end.
      expect(loads).toBeGreaterThan(1);
      expect(loads).toBeLessThanOrEqual(5);
    },
  );

  it('removals are made up for, by key and by tag, and nothing removed comes back', async () => {
    const { server, cache, has } = await failingOpen();
    const other = await hybridOver({ connection: server.url, instanceName: 'app:' });
    await other.cache.set('key', 'old');
    await other.cache.set('tagged', 'old', { tags: ['t'] });
    await held(cache, 'tagged');
    await server.freeze();
    await cache.remove('key');
    await cache.removeByTag('t');
    expect(await cache.getOrCreate('key', () => 'new')).toBe('new');
    expect(await cache.getOrCreate('tagged', () => 'new', { tags: ['t'] })).toBe('new');
    server.thaw();
    await until(async () => (await other.cache.get('key')) === undefined, 'the key is removed');
    await until(async () => (await other.cache.get('tagged')) === undefined, 'the tag is removed');
    await until(() => has('coherenceRestored'), 'the channel is back');
    expect(await cache.getOrCreate('tagged', () => 'newer', { tags: ['t'] })).toBe('newer');
  });

  it('a cache that starts without a server works, and uses it once it is there', async () => {
    const { server, cache } = await failingOpen();
    await server.kill();
    const late = new HybridCache({
      distributed: failOpen(new RedisCache({ connection: server.url, instanceName: 'app:' })),
      ownsDistributed: true,
    });
    onTestFinished(() => late.close({ timeout: 1 }));
    expect(await late.getOrCreate('k', () => 'alone')).toBe('alone');
    await server.restart();
    await cache.ready();
    await until(async () => {
      await late.set('shared', 1);
      return (await cache.get('shared')) === 1;
    }, 'both share the server');
  });
});
