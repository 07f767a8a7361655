import { getOrCreate } from 'distributed-cache';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';
import { Redis as Valkey } from 'iovalkey';
import { describe, expect, it } from 'vitest';
import { listen, listeningClients } from './listening.js';
import { kept, leavesNoProcessBehind } from './servers/kept.js';
import { startProxy } from './servers/proxy.js';
import { startRedis } from './servers/redis-server.js';
import { describeWithRedis, describeWithSharedRedis } from './servers/requirement.js';
import { soon, until } from './servers/waiting.js';
import { writeAsDotnet } from './stored.js';
import { rawClient, redisCache, text } from './tools.js';

leavesNoProcessBehind();

type Started = Awaited<ReturnType<typeof listeningTo>>;

async function listeningTo(url: string, options: Partial<Parameters<typeof redisCache>[0]> = {}) {
  const all = redisCache({ connection: url, ...options });
  const raw = await rawClient(url);
  const listener = await listen(all.cache.invalidations);
  await listener.up();
  let markers = 0;
  /** What was told since the last call: a change of another key is waited for, and messages come in order. */
  const heard = async (prefix = all.prefix) => {
    const marker = `marker ${++markers}`;
    await raw.command('SET', prefix + marker, '', 'PX', 60_000);
    await listener.hears(marker);
    const told = listener.told.filter((one) => !one.startsWith('marker ') && one !== '<up>');
    listener.forget();
    return told;
  };
  return { ...all, raw, listener, heard, redisKey: `${all.prefix}k` };
}

describeWithSharedRedis('what a listener hears', ({ url }) => {
  const changes: [what: string, run: (started: Started) => Promise<unknown>][] = [
    ['HMSET', ({ raw, redisKey }) => writeAsDotnet(raw, redisKey, { data: 'v' })],
    ['HMSET and EXPIRE', ({ raw, redisKey }) => writeAsDotnet(raw, redisKey, { data: 'v' }, 60)],
    ['HSET', ({ raw, redisKey }) => raw.command('HSET', redisKey, 'other', 'v')],
    ['HDEL', ({ raw, redisKey }) => raw.command('HDEL', redisKey, 'data')],
    ['DEL', ({ raw, redisKey }) => raw.command('DEL', redisKey)],
    ['UNLINK', ({ raw, redisKey }) => raw.command('UNLINK', redisKey)],
    ['EXPIRE', ({ raw, redisKey }) => raw.command('EXPIRE', redisKey, 60)],
    ['PERSIST', ({ raw, redisKey }) => raw.command('PERSIST', redisKey)],
    ['SET', ({ raw, redisKey }) => raw.command('SET', redisKey, 'v')],
    [
      'RENAME to it',
      async ({ raw, redisKey }) => {
        await raw.command('SET', `elsewhere ${redisKey}`, 'v');
        await raw.command('RENAME', `elsewhere ${redisKey}`, redisKey);
      },
    ],
    ['a script', ({ raw, redisKey }) => raw.command('EVAL', "redis.call('HSET', KEYS[1], 'data', 'w')", 1, redisKey)],
    [
      'MULTI',
      async ({ raw, redisKey }) => {
        await raw.command('MULTI');
        await raw.command('HSET', redisKey, 'data', 'w');
        await raw.command('EXEC');
      },
    ],
    [
      'the end of its time',
      async ({ raw, redisKey }) => {
        await raw.command('PEXPIRE', redisKey, 1);
        await until(async () => (await raw.command('EXISTS', redisKey)) === 0, 'its end');
      },
    ],
    ['our own set', ({ cache }) => cache.set('k', text('v'))],
    ['our own refresh', ({ cache }) => cache.refresh('k')],
    ['our own remove', ({ cache }) => cache.remove('k')],
    ['our own sliding read', ({ cache }) => cache.get('k').then(() => cache.remove('other'))],
  ];
  it.each(changes)('%s', async (_, run) => {
    const started = await listeningTo(url);
    const { raw, redisKey, heard } = started;
    await writeAsDotnet(raw, redisKey, { data: 'v', sldexp: '600000000' }, 60);
    await heard();
    await run(started);
    expect(new Set(await heard())).toEqual(new Set(['k']));
  });

  it('the end of an entry that nobody asks for', async () => {
    const { cache, listener } = await listeningTo(url);
    await cache.set('k', text('v'), { relativeExpiration: 20 });
    await listener.hears('k');
    listener.forget();
    // Redis looks for such keys ten times a second.
    await listener.hears('k');
  });

  it.each<[what: string, run: (started: Started) => Promise<unknown>]>([
    ['a read', ({ cache }) => cache.get('other')],
    ['a removal of what is not there', ({ cache }) => cache.remove('absent')],
    ['a change of another prefix', ({ raw, prefix }) => raw.command('SET', `x${prefix}k`, 'v', 'PX', 1_000)],
    [
      'a change of the same prefix in upper case',
      ({ raw, prefix }) => raw.command('SET', `${prefix.toUpperCase()}k`, 'v', 'PX', 1_000),
    ],
    [
      'a lease that is refused',
      async ({ cache }) => {
        for (const mine of ['', 'mine', 'another']) await cache.leases?.getOrLease('leased', { duration: '1m', mine });
        await cache.leases?.commit('leased', 'another', text('v'));
        await cache.leases?.release('leased', 'another');
        await cache.leases?.getOrLease('other', { duration: '1m' });
      },
    ],
  ])('not %s', async (_, run) => {
    const started = await listeningTo(url);
    await started.cache.set('other', text('v'));
    await started.cache.leases?.getOrLease('leased', { duration: '1m', token: 'mine' });
    await started.heard();
    await run(started);
    expect(await started.heard()).toEqual([]);
  });

  it('keys as their callers named them, whatever they are made of', async () => {
    const odd = ['', ' ', 'ключ 🔑', 'größe', 'a,b', 'a\0b\r\n', '*?[a]\\', '{a}', '\ufeffbom'];
    const { cache, heard } = await listeningTo(url, { instanceName: `odd *?[a] ü ${Math.random()}:` });
    for (const key of odd) await cache.set(key, text('v'), { relativeExpiration: '1m' });
    expect(new Set(await heard())).toEqual(new Set(odd));
  });

  it('nothing of a key that is no UTF-8, and all that is told with it', async () => {
    const { raw, prefix, heard } = await listeningTo(url);
    const broken = Buffer.concat([Buffer.from(prefix), Buffer.from([0xff, 0xfe, 0x41])]);
    await raw.command('MULTI');
    await raw.command('SET', `${prefix}a`, 'v', 'PX', 60_000);
    await raw.command('SET', broken, 'v', 'PX', 60_000);
    await raw.command('SET', `${prefix}b`, 'v', 'PX', 60_000);
    await raw.command('EXEC');
    expect((await heard()).sort()).toEqual(['a', 'b']);
  });

  it('keys without what the client puts before them', async () => {
    const client = await kept(new Redis(url, { keyPrefix: 'client[*]:' }));
    const { cache, raw, prefix, listener, heard } = await listeningTo(url, { connection: client });
    await cache.set('k', text('v'), { relativeExpiration: '1m' });
    await listener.hears('k');
    await heard(`client[*]:${prefix}`);
    await raw.command('SET', `${prefix}k`, 'v', 'PX', 1_000);
    await raw.command('SET', `client[*]:${prefix}other`, 'v', 'PX', 60_000);
    expect(await heard(`client[*]:${prefix}`)).toEqual(['other']);
  });

  it.each([
    ['ioredis 6', () => new Redis(url)],
    ['ioredis 6 with RESP2', () => new Redis(url, { protocol: 2 })],
    [
      'ioredis 6 with options that would stop it from listening',
      () =>
        new Redis(url, {
          autoResubscribe: true,
          lazyConnect: true,
          enableOfflineQueue: false,
          maxRetriesPerRequest: 0,
        }),
    ],
    ['ioredis 5', () => new Redis5(url)],
    ['iovalkey', () => new Valkey(url)],
  ])('a change, over a client of %s', async (_, create) => {
    const connection = await kept(create());
    const { cache, raw, redisKey, heard } = await listeningTo(url, { connection });
    await writeAsDotnet(raw, redisKey, { data: 'v' }, 60);
    await getOrCreate(cache, 'loaded', () => 'v');
    expect(new Set(await heard())).toEqual(new Set(['k', 'loaded']));
  });
});

describeWithRedis('the channel', () => {
  async function own() {
    const server = await kept(startRedis());
    return { server, ...(await listeningTo(server.url)) };
  }

  it('tells of FLUSHDB and FLUSHALL as of everything', async () => {
    const { raw, redisKey, listener } = await own();
    for (const flush of ['FLUSHDB', 'FLUSHALL']) {
      await writeAsDotnet(raw, redisKey, { data: 'v' });
      await listener.hears('k');
      listener.forget();
      await raw.command(flush);
      await listener.hears('<all>');
    }
  });

  it('tells of evictions', async () => {
    const { raw, redisKey, listener, heard } = await own();
    await writeAsDotnet(raw, redisKey, { data: 'v' }, 1_000);
    await heard();
    await raw.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await raw.command('CONFIG', 'SET', 'maxmemory', 1);
    await listener.hears('k');
  });

  describe('goes down and comes up again', () => {
    it.each([1, 3])('when its connection is killed %i times', async (times) => {
      const { raw, redisKey, listener } = await own();
      for (let i = 0; i < times; i++) {
        listener.forget();
        for (const id of await listeningClients(raw)) await raw.command('CLIENT', 'KILL', 'ID', id);
        await listener.hears('<down>');
        await listener.up(2);
        expect(await listeningClients(raw)).toHaveLength(1);
        listener.forget();
        await writeAsDotnet(raw, redisKey, { data: 'v' }, 60);
        await listener.hears('k');
        expect(listener.isUp()).toBe(true);
      }
    });

    it('when its server is killed and started again', async () => {
      const { server, redisKey, listener } = await own();
      await server.kill();
      await listener.hears('<down>');
      await server.restart();
      await listener.up(2);
      listener.forget();
      const raw = await rawClient(server.url);
      await writeAsDotnet(raw, redisKey, { data: 'v' }, 60);
      await listener.hears('k');
    });

    it('when the connection breaks, at whatever moment of its arming', async () => {
      const server = await kept(startRedis());
      const raw = await rawClient(server.url);
      const cut = async (ms: number) => {
        const proxy = await kept(startProxy(server));
        const connection = await kept(new Redis(proxy.url));
        const { cache, prefix, events } = redisCache({ connection });
        await cache.ready();
        proxy.delay(15);
        const listener = await listen(cache.invalidations);
        await new Promise((resolve) => setTimeout(resolve, ms));
        proxy.cut();
        proxy.delay(0);
        await until(() => proxy.stats.connections >= 3, 'it connects again');
        await until(listener.isUp, 'it is up');
        await writeAsDotnet(raw, `${prefix}k`, { data: 'v' }, 60);
        await listener.hears('k');
        return events.flatMap((event) => (event.type === 'backendFailed' ? [String(event.error)] : []));
      };
      const failures = await Promise.all(Array.from({ length: 16 }, (_, i) => cut(i * 10)));
      // What was asked for on a connection is not asked for again on the next one beside its own arming.
      expect(failures.flat().filter((failure) => /overlap|subscriber mode|redirect/i.test(failure))).toEqual([]);
    });

    it('when the client that was handed in gives up, and is connected again by its owner', async () => {
      const server = await kept(startRedis());
      const client = await kept(new Redis(server.url, { retryStrategy: () => null }));
      client.on('error', () => {});
      const { cache, prefix } = redisCache({ connection: client });
      const listener = await listen(cache.invalidations);
      await listener.up();
      await server.restart();
      await listener.hears('<down>');
      await until(() => client.status === 'end', 'the client has given up');
      await client.connect();
      await listener.up(2);
      const raw = await rawClient(server.url);
      await writeAsDotnet(raw, `${prefix}k`, { data: 'v' }, 60);
      await listener.hears('k');
    });
  });

  it('asks the server for changes under its own prefix, and of its own heartbeats, on one connection', async () => {
    const server = await kept(startRedis());
    const proxy = await kept(startProxy(server));
    const { cache, prefix } = redisCache({ connection: proxy.url });
    await (await listen(cache.invalidations)).up();
    await (await listen(cache.invalidations)).up();
    const asked = proxy.commands().filter(([, sub, mode]) => sub?.toUpperCase() === 'TRACKING' && mode === 'ON');
    const beats = expect.stringMatching(/^__distributed-cache:alive__:[0-9a-f-]{36}$/);
    expect(asked.map((command) => command.slice(-5))).toEqual([['BCAST', 'PREFIX', prefix, 'PREFIX', beats]]);
    expect(proxy.stats.open).toBe(2);
  });

  it('may be listened to before there is a server', async () => {
    const server = await kept(startRedis());
    await server.kill();
    const { cache, prefix } = redisCache({ connection: server.url });
    const listener = await listen(cache.invalidations);
    expect(listener.told).toEqual([]);
    await server.restart();
    await listener.up();
    const raw = await rawClient(server.url);
    await writeAsDotnet(raw, `${prefix}k`, { data: 'v' }, 60);
    await listener.hears('k');
    expect(listener.told[0]).toBe('<up>');
  });

  it('is one for all listeners, and ends with the last of them', async () => {
    const { cache, raw, redisKey, listener, heard } = await own();
    const other = await listen(cache.invalidations);
    expect(other.told).toEqual(['<up>']);
    expect(await listeningClients(raw)).toHaveLength(1);
    await other.end();
    await other.end();
    await writeAsDotnet(raw, redisKey, { data: 'v' }, 60);
    expect(new Set(await heard())).toEqual(new Set(['k']));
    expect(other.told).toEqual(['<up>']);
    await listener.end();
    await until(async () => (await listeningClients(raw)).length === 0, 'nobody listens');
    const third = await listen(cache.invalidations);
    await third.up();
    await writeAsDotnet(raw, redisKey, { data: 'v' }, 60);
    await third.hears('k');
    expect(listener.told).not.toContain('<down>');
  });

  it('may be left while it is being armed', async () => {
    const server = await kept(startRedis());
    const proxy = await kept(startProxy(server));
    const raw = await rawClient(server.url);
    const { cache } = redisCache({ connection: proxy.url });
    await cache.ready();
    for (const ms of [0, 5, 15, 25, 40]) {
      proxy.delay(10);
      const listener = await listen(cache.invalidations);
      await new Promise((resolve) => setTimeout(resolve, ms));
      const wasUp = listener.isUp();
      await listener.end();
      if (!wasUp) expect(listener.told).toEqual([]);
      proxy.delay(0);
      await until(async () => (await listeningClients(raw)).length === 0, 'nobody listens');
      expect(listener.told).toEqual(wasUp ? ['<up>'] : []);
    }
    expect(await soon(cache.ready())).toBeUndefined();
  });

  it('tells its listeners that it is down when the cache is closed', async () => {
    const { cache, raw, listener } = await own();
    await cache.close();
    expect(listener.told.at(-1)).toBe('<down>');
    await expect(cache.invalidations.listen({ keys() {}, all() {}, up() {}, down() {} })).rejects.toMatchObject({
      code: 'ERR_CACHE_CLOSED',
    });
    await until(async () => (await listeningClients(raw)).length === 0, 'nobody listens');
  });
});
