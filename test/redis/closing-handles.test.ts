import type { RedisCache } from 'distributed-cache/redis';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { kept } from './servers/kept.js';
import { freePort } from './servers/ports.js';
import { startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { soon, until } from './servers/waiting.js';
import { outcomeOf, range } from './through-proxy.js';
import { redisCache, text } from './tools.js';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

const calls = (cache: RedisCache) =>
  [
    cache.get('a'),
    cache.set('b', text('v')),
    cache.refresh('c'),
    cache.remove('d'),
    cache.batch.getMany(['e', 'f']),
    cache.prefixes.removeByPrefix('g'),
  ].map(outcomeOf);

/** How many timers and connections keep this process alive. */
const handles = () => process.getActiveResourcesInfo().filter((name) => /^(TCP|Timeout)/.test(name)).length;

/** What there is before a test, and a check that it is all that there is again. Clients wait 2 s for a polite end. */
function leftovers() {
  const before = handles();
  return (more = 0) => until(() => handles() <= before + more, 'no handle of ours is left', { timeout: 500 });
}

describeWithRedis('close() leaves no timer and no connection', () => {
  it('where the server is well', async () => {
    const server = await kept(startRedis());
    const none = leftovers();
    const { cache } = redisCache({ connection: server.url });
    await Promise.all(calls(cache));
    await cache.close();
    await none();
  });

  it('where nobody listens', async () => {
    const none = leftovers();
    for (const pause of [0, 20, 80, 200]) {
      const { cache } = redisCache({ connection: `redis://127.0.0.1:${await freePort()}`, commandTimeout: 5_000 });
      const outcomes = calls(cache);
      const ready = cache.ready();
      await new Promise((resolve) => setTimeout(resolve, pause));
      await cache.close();
      for (const outcome of outcomes) expect(await soon(outcome)).toBe('ERR_CACHE_CLOSED');
      expect(await soon(ready)).toBeUndefined();
      await none();
    }
  });

  it('while it connects', async () => {
    const server = await kept(startRedis());
    const none = leftovers();
    for (const turns of range(8)) {
      const { cache } = redisCache({ connection: server.url });
      const call = outcomeOf(cache.get('k'));
      for (let i = 0; i < turns; i++) await nextTurn();
      await cache.close();
      expect([undefined, 'ERR_CACHE_CLOSED']).toContain(await soon(call));
      await none();
    }
  });

  it('where the server is frozen, within the deadline', async () => {
    const frozen = await kept(startRedis());
    const none = leftovers();
    const { cache } = redisCache({ connection: frozen.url, commandTimeout: 300 });
    await cache.ready();
    await frozen.freeze();
    const outcomes = calls(cache);
    await nextTurn();
    const begun = performance.now();
    await cache.close();
    expect(performance.now() - begun).toBeLessThan(600);
    for (const outcome of outcomes) expect(await soon(outcome)).toBe('ERR_TIMEOUT');
    await none();
  });

  it('where the server is frozen and the connection given up already', async () => {
    const frozen = await kept(startRedis());
    const none = leftovers();
    const { cache } = redisCache({ connection: frozen.url, commandTimeout: 100 });
    await cache.ready();
    await frozen.freeze();
    await Promise.all(calls(cache));
    await new Promise((resolve) => setTimeout(resolve, 150));
    await cache.close();
    await none();
  });

  it('where the server is frozen and its callers gave up, at once', async () => {
    const frozen = await kept(startRedis());
    const none = leftovers();
    const { cache } = redisCache({ connection: frozen.url, commandTimeout: 5_000 });
    await cache.ready();
    await frozen.freeze();
    const aborting = new AbortController();
    const call = outcomeOf(cache.get('k', { signal: aborting.signal }));
    await nextTurn();
    aborting.abort({ code: 'ABORTED' });
    expect(await call).toBe('ABORTED');
    expect(await soon(cache.close())).toBeUndefined();
    await none();
  });

  it('where the server never answered', async () => {
    const frozen = await kept(startRedis());
    await frozen.freeze();
    const none = leftovers();
    for (const pause of [0, 50]) {
      const { cache } = redisCache({ connection: frozen.url, commandTimeout: 300 });
      const outcomes = calls(cache);
      await new Promise((resolve) => setTimeout(resolve, pause));
      await cache.close();
      for (const outcome of outcomes) expect(await soon(outcome)).toBe('ERR_CACHE_CLOSED');
      await none();
    }
  });

  it('beside a client that was handed in', async () => {
    const frozen = await kept(startRedis());
    const connection = await kept(new Redis(frozen.url));
    await connection.ping();
    const none = leftovers();
    const { cache } = redisCache({ connection, commandTimeout: 300 });
    await cache.ready();
    await frozen.freeze();
    const outcomes = calls(cache);
    await nextTurn();
    await cache.close();
    for (const outcome of outcomes) expect(await soon(outcome)).toBe('ERR_TIMEOUT');
    await none();
    frozen.thaw();
    expect(await connection.ping()).toBe('PONG');
  });
});
