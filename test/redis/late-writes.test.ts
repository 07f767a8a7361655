import { RedisCache } from 'distributed-cache/redis';
import { FakeClock } from 'distributed-cache/testing';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { doorOf } from '../../src/core/door.js';
import { kept } from './servers/kept.js';
import { startProxy } from './servers/proxy.js';
import { type RedisServer, startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { soon, until } from './servers/waiting.js';
import { outcomeOf, range, throughProxy } from './through-proxy.js';
import { rawClient, redisCache, text, textOf } from './tools.js';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Protocol rule 7. */
describeWithRedis('a set that its caller has given up', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const clients: [string, (url: string) => Redis | Redis5][] = [
    ['ioredis 6', (url) => new Redis(url, { retryStrategy: () => 20 })],
    ['ioredis 5', (url) => new Redis5(url, { retryStrategy: () => 20 })],
  ];

  /** A cache on a client that was handed in, which sends again what was under way when its connection was lost. */
  async function handedIn(make: (url: string) => Redis | Redis5, commandTimeout = 200) {
    const proxy = await kept(startProxy(server));
    const client = await kept(make(proxy.url));
    client.on('error', () => {});
    const made = redisCache({ connection: client, commandTimeout });
    await made.cache.ready();
    return { ...made, proxy, client, raw: await rawClient(server.port) };
  }

  it.each(clients)(
    'does nothing when it arrives: alone, in numbers, and under a shorter deadline (%s)',
    async (_, make) => {
      const { cache, proxy, client, prefix, raw, events } = await handedIn(make);
      const shorter = doorOf(cache)?.within?.(100) as RedisCache;
      const keys = [...range(40).map((i) => `k${i}`), 'alone', 'shorter'];
      await cache.batch.setMany(keys.map((key) => ({ key, value: text('old') })));
      proxy.stall('requests');
      const calls = [...range(40).map((i) => cache.set(`k${i}`, text('late'))), shorter.set('shorter', text('late'))];
      await nextTurn();
      calls.push(cache.set('alone', text('late'), { relativeExpiration: '1h' }));
      expect(new Set(await Promise.all(calls.map(outcomeOf)))).toEqual(new Set(['ERR_TIMEOUT']));
      // Another process removes them meanwhile.
      await raw.command('UNLINK', ...keys.map((key) => prefix + key));
      events.length = 0;
      proxy.resume();
      await client.ping();
      expect(await raw.command('EXISTS', ...keys.map((key) => prefix + key))).toBe(0);
      expect(events.filter(({ type }) => type === 'set')).toEqual([]);
      // What is asked for now is in time again.
      await cache.set('alone', text('new'));
      expect(textOf(await cache.get('alone'))).toBe('new');
    },
  );

  it.each(clients)(
    'does nothing when a client sends it again after a reconnect, and is carried out in time (%s)',
    async (_, make) => {
      const { cache, proxy, client, prefix, raw } = await handedIn(make);
      const begin = async () => {
        proxy.stall('requests');
        const outcome = outcomeOf(cache.set('k', text('v')));
        await nextTurn();
        proxy.refuse();
        proxy.cut();
        proxy.resume();
        return outcome;
      };
      const late = await begin();
      expect(late).toBe('ERR_TIMEOUT');
      await proxy.accept();
      await until(() => client.status === 'ready', 'the client is back');
      await client.ping();
      expect(await raw.command('EXISTS', `${prefix}k`)).toBe(0);
      await until(
        () =>
          cache.get('k').then(
            () => true,
            () => false,
          ),
        'the cache works',
      );
      const sooner = begin();
      await soon(sooner);
      await proxy.accept();
      expect(await sooner).toBeUndefined();
      expect(textOf(await cache.get('k'))).toBe('v');
    },
  );

  it('is not sent again over a connection of our own, whose answer was lost', async () => {
    const { cache, proxy, prefix } = await throughProxy(server);
    const raw = await rawClient(server.port);
    await cache.ready();
    proxy.forgetCommands();
    const cut = proxy.cutAfterReplyBytes(0);
    const set = outcomeOf(cache.set('k', text('v')));
    await cut;
    expect(await set).toBe('ERR_BACKEND_UNAVAILABLE');
    // It was carried out, and somebody else removed it since.
    await raw.command('UNLINK', `${prefix}k`);
    await until(
      () =>
        cache.get('other').then(
          () => true,
          () => false,
        ),
      'the cache works',
    );
    expect(await cache.get('k')).toBeUndefined();
    expect(proxy.commands().filter(([name, , , key]) => name === 'evalsha' && key === `${prefix}k`)).toHaveLength(1);
  });

  it('is not sent at all when its time was over while it waited', async () => {
    const { cache, proxy, sent, prefix } = await throughProxy(server, { commandTimeout: 150 });
    proxy.refuse();
    expect(await outcomeOf(cache.set('k', text('v')))).toBe('ERR_TIMEOUT');
    await proxy.accept();
    await until(
      () =>
        cache.get('other').then(
          () => true,
          () => false,
        ),
      'the cache works',
    );
    expect(sent().filter(({ keys }) => keys.includes('k'))).toEqual([]);
    expect(await (await rawClient(server.port)).command('EXISTS', `${prefix}k`)).toBe(0);
  });

  it('has its time counted from when it was asked for, not from when it was sent', async () => {
    const { cache, proxy, prefix } = await throughProxy(server, { commandTimeout: 600 });
    await cache.ready();
    proxy.refuse();
    proxy.cut();
    await until(() => doorOf(cache)?.state?.() === 'down', 'the cache has noticed');
    const asked = Date.now();
    const set = cache.set('k', text('v'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await proxy.accept();
    await set;
    const [, , , , notAfter] = proxy.commands().find((args) => args[3] === `${prefix}k`) as string[];
    // No later than the moment at which it may be given up at the earliest.
    expect(Number(notAfter) - asked).toBeGreaterThan(350);
    expect(Number(notAfter) - asked).toBeLessThanOrEqual(525);
  });

  it('knows the time by the server and by no clock of this machine', async () => {
    const clock = new FakeClock(Date.now() - 86_400_000);
    const cache = new RedisCache({ connection: server.url, clock, instanceName: 'clock:' });
    await cache.set('k', text('v'));
    expect(textOf(await cache.get('k'))).toBe('v');
    await cache.close();
  });
});
