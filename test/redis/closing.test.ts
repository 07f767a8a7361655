import type { EventEmitter } from 'node:events';
import type { RedisCache } from 'distributed-cache/redis';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';
import { Redis as Valkey } from 'iovalkey';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kept } from './servers/kept.js';
import { type RedisServer, startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { soon, until } from './servers/waiting.js';
import { outcomeOf, range, throughProxy } from './through-proxy.js';
import { redisCache, text, textOf } from './tools.js';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

const sink = { keys: () => {}, all: () => {}, up: () => {}, down: () => {} };

/** Every operation, on a key of its own. */
const everything = (cache: RedisCache) => [
  cache.get('a'),
  cache.set('b', text('v')),
  cache.refresh('c'),
  cache.remove('d'),
  cache.batch.getMany(['e', 'f']),
  cache.prefixes.removeByPrefix('g'),
  cache.leases?.getOrLease('h', { duration: '1s' }) ?? Promise.resolve(),
];

describeWithRedis('a client that was handed in', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const clients: [string, (url: string) => Redis | Redis5 | Valkey][] = [
    ['ioredis 6', (url) => new Redis(url)],
    ['ioredis 6, lazily', (url) => new Redis(url, { lazyConnect: true })],
    ['ioredis 5', (url) => new Redis5(url)],
    ['iovalkey', (url) => new Valkey(url)],
  ];

  const listeners = (emitter: EventEmitter) =>
    Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]));

  it.each(clients)('is not closed, and keeps nothing of ours: %s', async (_, make) => {
    const client = await kept(make(server.url));
    const before = listeners(client);
    const { cache } = redisCache({ connection: client });
    await Promise.all(everything(cache));
    await cache.invalidations.listen(sink);
    await cache.ready();
    await cache.close();
    expect(listeners(client)).toEqual(before);
    expect(client.status).toBe('ready');
    expect(await client.ping()).toBe('PONG');
    // Only the client's own connection is left.
    const connections = async () =>
      String(await client.client('LIST'))
        .trim()
        .split('\n').length;
    await until(async () => (await connections()) === 1, 'the others are closed');
    // And another cache can have it.
    const { cache: next } = redisCache({ connection: client });
    await next.set('k', text('v'));
    expect(textOf(await next.get('k'))).toBe('v');
  });

  it.each(clients)('makes calls reject at once when it is closed by its owner: %s', async (_, make) => {
    const client = make(server.url);
    const { cache } = redisCache({ connection: client, commandTimeout: 5_000 });
    await cache.set('k', text('v'));
    const under = range(20).map((i) => outcomeOf(cache.get(`k${i}`)));
    await nextTurn();
    await client.quit();
    expect(new Set(await Promise.all(under))).toEqual(new Set([undefined]));
    await until(() => client.status === 'end', 'the client has ended');
    for (const call of everything(cache)) expect(await soon(outcomeOf(call))).toBe('ERR_BACKEND_UNAVAILABLE');
    const { cache: late } = redisCache({ connection: client, commandTimeout: 5_000 });
    for (const call of everything(late)) expect(await soon(outcomeOf(call))).toBe('ERR_BACKEND_UNAVAILABLE');
    expect(await soon(cache.close())).toBeUndefined();
    // Its owner may open it again.
    await client.connect();
    await until(
      () =>
        late.get('k').then(
          () => true,
          () => false,
        ),
      'the cache works again',
    );
    client.disconnect();
  });

  it('ends what is in flight and what waits when its owner cuts it off', async () => {
    const { proxy } = await throughProxy(server);
    const client = await kept(new Redis(proxy.url));
    const { cache } = redisCache({ connection: client, commandTimeout: 5_000 });
    await cache.ready();
    proxy.stall('replies');
    const sent = everything(cache).map(outcomeOf);
    await nextTurn();
    client.disconnect();
    proxy.cut();
    const waiting = everything(cache).map(outcomeOf);
    for (const each of [...sent, ...waiting]) expect(await each).toBe('ERR_BACKEND_UNAVAILABLE');
  });
});

describeWithRedis('close()', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  async function isClosed(cache: RedisCache): Promise<void> {
    for (const call of everything(cache)) expect(await soon(outcomeOf(call))).toBe('ERR_CACHE_CLOSED');
    expect(await soon(outcomeOf(cache.invalidations.listen(sink)))).toBe('ERR_CACHE_CLOSED');
    expect(await soon(cache.ready())).toBeUndefined();
    expect(await soon(cache.close())).toBeUndefined();
  }

  it('waits for what is in flight, also for what was asked for in the same tick', async () => {
    const { cache, proxy } = await throughProxy(server);
    await cache.ready();
    proxy.stall('replies');
    const sent = everything(cache).map(outcomeOf);
    await nextTurn();
    const last = outcomeOf(cache.set('k', text('v')));
    const closing = cache.close();
    expect(await soon(closing)).toBe('pending');
    proxy.resume();
    await closing;
    expect(await soon(last)).toBeUndefined();
    for (const each of sent.slice(0, 4)) expect(await soon(each)).toBeUndefined();
    await isClosed(cache);
    await until(() => proxy.stats.open === 0, 'the connection is closed');
  });

  it('of one that was never used does nothing', async () => {
    const { cache, proxy } = await throughProxy(server);
    await cache.close();
    await isClosed(cache);
    expect(proxy.stats.connections).toBe(0);
  });
});
