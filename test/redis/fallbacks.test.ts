import { type CacheEvent, getOrCreate, prefixed } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { kept } from './servers/kept.js';
import { startProxy } from './servers/proxy.js';
import { RawClient } from './servers/raw-client.js';
import { type RedisServer, startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { decoded } from './servers/resp.js';
import { startAcl } from './servers/topologies.js';
import { until } from './servers/waiting.js';
import { outcomeOf, range, throughProxy } from './through-proxy.js';
import { redisCache, text, textOf } from './tools.js';

/** A server with one user, `app`, who may do what `rules` say, and another who may do all. */
async function serverFor(rules: string) {
  const server = await kept(startAcl(['default off', `app on >s3cret &* ${rules}`, 'root on >r00t ~* &* +@all']));
  const raw = await kept(RawClient.connect({ port: server.port, username: 'root', password: 'r00t' }));
  return { server, raw, url: urlOf(server) };
}

const urlOf = ({ port }: { readonly port: number }) => `redis://app:s3cret@127.0.0.1:${port}`;
const fallbacks = (events: readonly CacheEvent[]) =>
  events.flatMap((event) => (event.type === 'fallback' ? [event.feature] : []));

/** Everything that is stored under a key. */
async function stored(raw: RawClient, key: string) {
  const flat = decoded(await raw.command('HGETALL', key)) as string[];
  return Object.fromEntries(range(flat.length / 2).map((i) => [flat[2 * i], flat[2 * i + 1]]));
}

describeWithRedis('a server that runs no scripts for us', () => {
  const ways: [string, () => Promise<{ server: RedisServer; raw: RawClient; url: string }>][] = [
    ['for want of the right', () => serverFor('~* +@all -@scripting')],
    ['for want of the right to a command in them', () => serverFor('~* +@all -time')],
    [
      'because it does not know the commands',
      async () => {
        const renamed = ['EVAL', 'EVALSHA', 'SCRIPT'].flatMap((name) => ['--rename-command', name, '']);
        const server = await kept(startRedis({ args: renamed }));
        return { server, raw: await kept(RawClient.connect(server.port)), url: server.url };
      },
    ],
  ];

  it.each(ways)('is used with plain commands, and that is told once: %s', async (_, start) => {
    const { raw, url } = await start();
    const { cache, events, prefix } = redisCache({ connection: url });
    expect(await cache.get('k')).toBeUndefined();
    await cache.set('k', text('v'), { slidingExpiration: '1m' });
    const many = range(40).map((i) => ({ key: `k${i}`, value: text(`v${i}`) }));
    await cache.batch.setMany(many);
    const read = await cache.batch.getMany(['k', ...many.map(({ key }) => key)]);
    expect(read.map(textOf)).toEqual(['v', ...range(40).map((i) => `v${i}`)]);
    await Promise.all(range(20).map((i) => cache.refresh(`k${i}`)));
    await cache.batch.removeMany(range(20).map((i) => `k${i}`));
    expect(cache.leases).toBeUndefined();
    expect(fallbacks(events)).toEqual(['scripts']);
    await raw.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until(async () => (await outcomeOf(cache.get('k30').then(textOf))) === 'v30', 'the connection is back');
    await cache.set('k', text('again'));
    expect(await stored(raw, `${prefix}k`)).toEqual({ absexp: '-1', sldexp: '-1', data: 'again' });
    expect(fallbacks(events)).toEqual(['scripts']);
  });

  it('is sent a transaction by a set, which leaves nothing of the old entry and gives the new one its time', async () => {
    const { server, raw } = await serverFor('~* +@all -@scripting');
    const { cache, proxy, prefix } = await throughProxy(server, { connect: urlOf });
    await cache.ready();
    const key = `${prefix}k`;
    await raw.command('HSET', key, 'absexp', '-1', 'sldexp', '5', 'data', 'old', 'lease', 'a 1 2 3', 'more', 'x');
    await raw.command('PEXPIRE', key, 50_000);
    proxy.forgetCommands();
    await cache.set('k', text('new'));
    expect(proxy.commands().map(([name, of]) => (of ? [name, of] : [name]))).toEqual([
      ['multi'],
      ['unlink', key],
      ['hset', key],
      ['exec'],
    ]);
    expect(await stored(raw, key)).toEqual({ absexp: '-1', sldexp: '-1', data: 'new' });
    expect(await raw.command('PTTL', key)).toBe(-1);
    for (const [options, ttl] of [
      [{ relativeExpiration: '30s' }, 30_000],
      [{ absoluteExpiration: new Date(Date.now() + 20_000) }, 20_000],
      [{ slidingExpiration: '10s' }, 10_000],
      [{ slidingExpiration: '10s', relativeExpiration: '5s' }, 5_000],
      [{ relativeExpiration: 300 }, 300],
    ] as const) {
      await cache.set('k', text('timed'), options);
      const left = (await raw.command('PTTL', key)) as number;
      expect(left).toBeLessThanOrEqual(ttl);
      expect(left).toBeGreaterThan(ttl - 250);
      const { absexp, sldexp } = await stored(raw, key);
      expect(sldexp).toBe('slidingExpiration' in options ? '100000000' : '-1');
      expect(absexp).toMatch('relativeExpiration' in options || 'absoluteExpiration' in options ? /^\d{18}$/ : /^-1$/);
    }
    await raw.command('DEL', key);
    await raw.command('RPUSH', key, 'another type');
    await cache.set('k', text('repaired'));
    expect(textOf(await cache.get('k'))).toBe('repaired');
  });

  it('restarts windows by plain commands, as far as the absolute time allows', async () => {
    const { raw, url } = await serverFor('~* +@all -@scripting');
    const { cache, prefix } = redisCache({ connection: url });
    await cache.set('free', text('v'), { slidingExpiration: '1m' });
    await cache.set('capped', text('v'), { slidingExpiration: '1m', relativeExpiration: '30s' });
    await cache.set('none', text('v'), { relativeExpiration: '30s' });
    const ttl = async (key: string) => (await raw.command('PTTL', prefix + key)) as number;
    for (const restart of [(key: string) => cache.refresh(key), (key: string) => cache.get(key)]) {
      for (const key of ['free', 'capped', 'none']) await raw.command('PEXPIRE', prefix + key, 20_000);
      for (const key of ['free', 'capped', 'none']) await restart(key);
      await until(async () => (await ttl('free')) > 50_000, 'the window is restarted');
      await until(async () => (await ttl('capped')) > 20_000, 'the capped window is restarted');
      expect(await ttl('capped')).toBeLessThanOrEqual(30_000);
      expect(await ttl('none')).toBeLessThanOrEqual(20_000);
    }
  });

  it('lets getOrCreate load and store without leases, from the first call on', async () => {
    const { url } = await serverFor('~* +@all -@scripting');
    const { cache, events } = redisCache({ connection: url });
    let loads = 0;
    const load = () => getOrCreate(cache, 'k', () => ++loads, { relativeExpiration: '1m' });
    // Before anything is known of the server.
    expect(cache.leases).toBeDefined();
    expect(await Promise.all([load(), load(), load()])).toEqual([1, 1, 1]);
    expect(await getOrCreate(cache, 'other', () => ({ id: 7 }))).toEqual({ id: 7 });
    expect(await getOrCreate(cache, 'other', () => ({ id: 8 }))).toEqual({ id: 7 });
    expect(cache.leases).toBeUndefined();
    expect(fallbacks(events)).toEqual(['scripts']);
  });
});

describeWithRedis('a right that is lost or won while the cache is used', () => {
  it('to scripts: calls in flight are not failed by its loss, and it is used again after a new connection', async () => {
    const { raw, url } = await serverFor('~* +@all');
    const { cache, events } = redisCache({ connection: url });
    await cache.ready();
    expect(cache.leases).toBeDefined();
    const keys = range(40).map((i) => `k${i}`);
    const failures: unknown[] = [];
    const note = (error: unknown) => void failures.push(error);
    let isOver = false;
    const load = async () => {
      for (let round = 0; !isOver; round++) {
        const value = text(`${round}`);
        await Promise.all(keys.map((key) => cache.set(key, value, { slidingExpiration: '1m' }))).catch(note);
        const read = await Promise.all(keys.map((key) => cache.get(key))).catch(note);
        expect(read?.map(textOf)).toEqual(keys.map(() => `${round}`));
        await Promise.all(keys.map((key) => cache.refresh(key))).catch(note);
        await cache.leases?.getOrLease('leased', { duration: '1s' }).catch(note);
      }
    };
    const loading = load();
    await raw.command('ACL', 'SETUSER', 'app', '-@scripting');
    await until(() => fallbacks(events).length > 0, 'the loss is noticed');
    await new Promise((resolve) => setTimeout(resolve, 30));
    isOver = true;
    await loading;
    expect(failures).toEqual([]);
    expect(fallbacks(events)).toEqual(['scripts']);
    expect(cache.leases).toBeUndefined();
    await raw.command('ACL', 'SETUSER', 'app', '+@scripting');
    await raw.command('CLIENT', 'KILL', 'USER', 'app');
    await until(
      () =>
        cache.get('k1').then(
          () => cache.leases,
          () => undefined,
        ),
      'there are leases again',
    );
    expect(await cache.leases?.getOrLease('new', { duration: '1s' })).toMatchObject({ kind: 'lease' });
  });

  it('to scripts: a set whose time is over is not sent again by plain commands', async () => {
    const { server, raw } = await serverFor('~* +@all');
    const proxy = await kept(startProxy(server));
    // Handed in: a connection of our own would be given up, when it says nothing for so long.
    const connection = await kept(new Redis(urlOf(proxy)));
    const { cache, prefix, events } = redisCache({ connection, commandTimeout: 150 });
    await cache.set('k', text('old'));
    proxy.stall('requests');
    expect(await outcomeOf(cache.set('k', text('late')))).toBe('ERR_TIMEOUT');
    await raw.command('ACL', 'SETUSER', 'app', '-@scripting');
    await raw.command('UNLINK', `${prefix}k`);
    proxy.resume();
    await until(() => fallbacks(events).length > 0, 'the late set is refused');
    await connection.ping();
    expect(await raw.command('EXISTS', `${prefix}k`)).toBe(0);
    expect(fallbacks(events)).toEqual(['scripts']);
  });
});

describeWithRedis('a server that may not be asked for CLIENT', () => {
  it('tells changes by publish/subscribe, and that is told once', async () => {
    const { url } = await serverFor('~* +@all -client');
    const one = redisCache({ connection: url });
    const other = redisCache({ connection: url, instanceName: one.prefix });
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
    await other.cache.ready();
    expect(isUp).toBe(true);
    await one.cache.batch.setMany(['a', 'b'].map((key) => ({ key, value: text('v') })));
    await until(() => heard.includes('a') && heard.includes('b'), 'the sets are heard');
    heard.length = 0;
    await one.cache.remove('a');
    await until(() => heard.includes('a'), 'the removal is heard');
    expect(heard).toEqual(['a']);
    for (const { events } of [one, other]) expect(fallbacks(events)).toEqual(['tracking']);
    expect(one.cache.leases).toBeDefined();
  });

  it('is not what a lost connection means', async () => {
    const { server } = await serverFor('~* +@all');
    const proxy = await kept(startProxy(server));
    // One that gives up at once what was under way, instead of sending it again.
    const connection = await kept(new Redis(urlOf(proxy), { maxRetriesPerRequest: 0 }));
    await until(() => connection.status === 'ready', 'the client is ready');
    proxy.stall('replies');
    const { cache, events } = redisCache({ connection });
    const read = outcomeOf(cache.get('k'));
    await until(() => proxy.commands().some((args) => args.includes('TRACKING')), 'the server is asked');
    proxy.cut();
    proxy.resume();
    expect(await read).toBeUndefined();
    await until(async () => (await outcomeOf(cache.get('k'))) === undefined, 'the connection is back');
    expect(fallbacks(events)).toEqual([]);
  });
});

describeWithRedis('a user who may touch keys of one prefix only', () => {
  describe.each([
    ['scripts', '+@all'],
    ['plain commands', '+@all -@scripting'],
  ])('by %s', (how, commands) => {
    it('has all of a cache whose keys have it', async () => {
      const { url } = await serverFor(`~app:* ${commands}`);
      const inside = redisCache({ connection: url, instanceName: 'app:' });
      // Here the prefix is the caller's, so that what the cache itself asks for is outside.
      const outer = redisCache({ connection: url, instanceName: '' });
      for (const cache of [inside.cache, prefixed(outer.cache, 'app:')]) {
        await cache.batch?.setMany(range(20).map((i) => ({ key: `k${i}`, value: text(`v${i}`) })));
        const read = await cache.batch?.getMany(range(20).map((i) => `k${i}`));
        expect(read?.map(textOf)).toEqual(range(20).map((i) => `v${i}`));
        expect(cache.leases === undefined).toBe(how === 'plain commands');
      }
      for (const { events } of [inside, outer]) expect(fallbacks(events)).toEqual(how === 'scripts' ? [] : ['scripts']);
    });

    it('is refused the others, and each alone', async () => {
      const { url, raw } = await serverFor(`~app:* ${commands}`);
      const { cache, events } = redisCache({ connection: url, instanceName: '' });
      const keys = [...range(19).map((i) => `app:${i}`), 'other'];
      const all = async (run: (key: string) => Promise<unknown>) => {
        const outcomes = await Promise.all(keys.map((key) => outcomeOf(run(key))));
        expect(outcomes.at(-1)).toBe('ERR_BACKEND_FORBIDDEN');
        expect(outcomes.slice(0, -1).filter((outcome) => outcome === 'ERR_BACKEND_FORBIDDEN')).toEqual([]);
        return outcomes.slice(0, -1);
      };
      await all((key) => cache.set(key, text(key), { slidingExpiration: '1m' }));
      expect(await all((key) => cache.get(key).then(textOf))).toEqual(keys.slice(0, -1));
      await all((key) => cache.refresh(key));
      await all((key) => cache.remove(key));
      expect(await raw.command('DBSIZE')).toBe(0);
      expect(fallbacks(events)).toEqual(how === 'scripts' ? [] : ['scripts']);
    });

    it('may remove several at once where nobody listens, and is refused the others alone', async () => {
      const { url, raw } = await serverFor(`~app:* ${commands}`);
      const cache = new RedisCache({ connection: url });
      try {
        await cache.batch.setMany(range(5).map((i) => ({ key: `app:${i}`, value: text('v') })));
        const keys = [...range(5).map((i) => `app:${i}`), 'other'];
        const failed = await cache.batch.removeMany(keys).catch((error: { failed: { key: string }[] }) => error.failed);
        expect(failed?.map(({ key }) => key)).toEqual(['other']);
        expect(await raw.command('DBSIZE')).toBe(0);
      } finally {
        await cache.close();
      }
    });
  });
});
