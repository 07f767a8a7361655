import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { escaped } from '../../src/providers/redis/prefixes.js';
import { kept, leavesNoProcessBehind } from './servers/kept.js';
import { startProxy } from './servers/proxy.js';
import { instanceName } from './servers/redis-server.js';
import { describeWithRedis, describeWithSharedRedis } from './servers/requirement.js';
import { type RedisCluster, startAcl, startCluster } from './servers/topologies.js';
import { errorOf, rawClient, redisCache, text, textOf } from './tools.js';

leavesNoProcessBehind();

type Cache = ReturnType<typeof redisCache>['cache'];

async function listed(cache: Cache, prefix = '', options = {}): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of cache.prefixes.keys(prefix, options)) keys.push(key);
  return keys.sort();
}
const fill = (cache: Cache, keys: readonly string[]) =>
  Promise.all(keys.map((key) => cache.set(key, text(key), { relativeExpiration: '5m' })));
const odd = ['*', '?', '[ab]', '[^a]', '[a-z', '\\', '\\*', '^', '{a}', 'ü', '🔑', '\0', '\r\n', '**', '[]', ']'];

/** What belongs to others, or is no entry, under a prefix: its name, and how it is written. */
const foreign: [what: string, command: string, ...args: string[]][] = [
  ['a string', 'SET', 'v'],
  ['a list', 'RPUSH', 'v'],
  ['a set', 'SADD', 'v'],
  ['a hash', 'HSET', 'field', 'v'],
  ['a hash with times alone', 'HSET', 'absexp', '-1', 'sldexp', '-1'],
];

describeWithSharedRedis('keys by prefix', ({ url }) => {
  async function start(options = {}) {
    const all = redisCache({ connection: url, ...options });
    await all.cache.ready();
    return { ...all, raw: await rawClient(url) };
  }

  it('escapes what means something in a pattern, and nothing else', () => {
    expect(escaped('a*b?c[d]e\\f^g-h{i}j')).toBe('a\\*b\\?c\\[d\\]e\\\\f^g-h{i}j');
  });

  describe.each([
    ['a plain instance name', 'app:', undefined],
    ['an instance name of a pattern', 'app*?[a]\\:', undefined],
    ['a client that puts something before keys', 'app:', 'client:'],
    ['a client that puts a pattern before keys', 'a*[:', '[c]*?\\:'],
  ])('with %s', (_, instance, keyPrefix) => {
    async function startIt() {
      const prefix = `${instance}${instanceName()}`;
      const connection = keyPrefix === undefined ? url : await kept(new Redis(url, { keyPrefix }));
      return { ...(await start({ connection, instanceName: prefix })), redisKey: (keyPrefix ?? '') + prefix };
    }

    it('a prefix is plain text', async () => {
      const { cache, raw, redisKey } = await startIt();
      // The same keys beside it, under names that a pattern would take for it.
      const besides = ['appXXa:', 'appX?a:', 'a:', 'client:', 'c:', ''].map((begin) => begin + redisKey.slice(-18));
      for (const begin of besides)
        for (const key of ['a1', '*1']) await raw.command('SET', begin + key, 'v', 'PX', 60_000);
      const keys = odd.flatMap((prefix) => [prefix, `${prefix}1`, `a${prefix}`, `${prefix}${prefix}`]);
      await fill(cache, keys);
      for (const prefix of odd) {
        const expected = [...new Set(keys)].filter((key) => key.startsWith(prefix)).sort();
        expect(await listed(cache, prefix), prefix).toEqual(expected);
      }
      expect(await listed(cache)).toEqual([...new Set(keys)].sort());
      let left = new Set(keys);
      for (const prefix of odd) {
        const expected = [...left].filter((key) => key.startsWith(prefix));
        expect(await cache.prefixes.removeByPrefix(prefix), prefix).toBe(expected.length);
        left = new Set([...left].filter((key) => !key.startsWith(prefix)));
        expect(await listed(cache), prefix).toEqual([...left].sort());
      }
      expect(await cache.prefixes.removeByPrefix('')).toBe(left.size);
      for (const begin of besides)
        if (begin !== redisKey) expect(await raw.command('EXISTS', `${begin}a1`, `${begin}*1`), begin).toBe(2);
    });

    it('what others keep there is neither listed nor removed', async () => {
      const { cache, raw, redisKey, events } = await startIt();
      await fill(cache, ['k1', 'k2']);
      for (const [what, command, ...args] of foreign) await raw.command(command, `${redisKey}k ${what}`, ...args);
      const broken = Buffer.concat([Buffer.from(`${redisKey}k`), Buffer.from([0xff, 0xc3])]);
      await raw.command('HSET', broken, 'absexp', '-1', 'sldexp', '-1', 'data', 'v');
      expect(await listed(cache, 'k')).toEqual(['k1', 'k2']);
      events.length = 0;
      expect(await cache.prefixes.removeByPrefix('k')).toBe(2);
      const removed = events.flatMap((event) => (event.type === 'removed' ? [event.key] : []));
      expect(removed.sort()).toEqual(['k1', 'k2']);
      for (const [what] of foreign) expect(await raw.command('EXISTS', `${redisKey}k ${what}`), what).toBe(1);
      expect(await raw.command('EXISTS', broken)).toBe(1);
      for (const [what] of foreign) await raw.command('UNLINK', `${redisKey}k ${what}`);
      await raw.command('UNLINK', broken);
    });

    it('leases end: a lone one is removed but is no entry', async () => {
      const { cache, raw, redisKey } = await startIt();
      await fill(cache, ['k stale', 'k other']);
      const granted = async (key: string, options = {}) => {
        const reply = await cache.leases?.getOrLease(key, { duration: '1m', ...options });
        return reply?.kind === 'lease' ? reply.token : 'none';
      };
      const lone = await granted('k lone');
      const over = await granted('k stale', { replace: text('k stale') });
      expect(await listed(cache, 'k')).toEqual(['k other', 'k stale']);
      expect(await cache.prefixes.removeByPrefix('k')).toBe(2);
      expect(await raw.command('EXISTS', `${redisKey}k lone`, `${redisKey}k stale`)).toBe(0);
      expect(await cache.leases?.commit('k lone', lone, text('v'))).toBe(false);
      expect(await cache.leases?.commit('k stale', over, text('v'))).toBe(false);
    });
  });

  it('thousands of keys are listed once each and removed whole, and no other', async () => {
    const { cache } = await start();
    const keys = Array.from({ length: 6_000 }, (_, i) => `many:${i}`);
    await fill(cache, [...keys, 'more', 'man', 'Many:1']);
    expect(await listed(cache, 'many:')).toEqual([...keys].sort());
    expect(await cache.prefixes.removeByPrefix('many:59')).toBe(111);
    expect(await cache.prefixes.removeByPrefix('many:')).toBe(5_889);
    expect(await listed(cache)).toEqual(['Many:1', 'man', 'more']);
  });

  it('a listing can be left, and what was listed may be changed meanwhile', async () => {
    const { cache } = await start();
    await fill(
      cache,
      Array.from({ length: 3_000 }, (_, i) => `k${i}`),
    );
    let seen = 0;
    for await (const key of cache.prefixes.keys('k')) {
      expect(textOf(await cache.get(key))).toBe(key);
      await cache.remove(key);
      if (++seen === 100) break;
    }
    expect(await listed(cache, 'k')).toHaveLength(2_900);
    let removed = 0;
    for await (const key of cache.prefixes.keys('k')) {
      void cache.remove(key);
      removed++;
    }
    expect(removed).toBe(2_900);
    expect(await listed(cache, 'k')).toEqual([]);
  });

  it('an abort ends both, before and while they run', async () => {
    const { cache } = await start();
    await fill(
      cache,
      Array.from({ length: 3_000 }, (_, i) => `k${i}`),
    );
    const reason = new Error('enough');
    const aborted = AbortSignal.abort(reason);
    expect(await errorOf(cache.prefixes.removeByPrefix('k', { signal: aborted }))).toBe(reason);
    expect(await errorOf(listed(cache, 'k', { signal: aborted }))).toBe(reason);
    expect(await listed(cache, 'k')).toHaveLength(3_000);

    const listing = new AbortController();
    let seen = 0;
    const left = (async () => {
      for await (const _ of cache.prefixes.keys('k', { signal: listing.signal }))
        if (++seen === 10) listing.abort(reason);
    })();
    expect(await errorOf(left)).toBe(reason);
    expect(seen).toBe(10);

    const removing = new AbortController();
    const removal = cache.prefixes.removeByPrefix('k', { signal: removing.signal });
    setImmediate(() => removing.abort(reason));
    expect(await errorOf(removal)).toBe(reason);
  });

  it('never sends KEYS, FLUSHDB or FLUSHALL, whatever is done', async () => {
    const { hostname, port } = new URL(url);
    const proxy = await kept(startProxy({ host: hostname, port: Number(port) }));
    const { cache } = await start({ connection: proxy.url });
    await fill(cache, ['a', 'b', 'c']);
    expect(await listed(cache)).toEqual(['a', 'b', 'c']);
    expect(await cache.prefixes.removeByPrefix('')).toBe(3);
    const commands = new Set(proxy.commands().map(([command]) => String(command).toUpperCase()));
    expect([...commands].filter((command) => /^(KEYS|FLUSH.*)$/.test(command))).toEqual([]);
    expect(commands).toContain('SCAN');
    const texts = proxy.commands().map((words) => words.join(' '));
    expect(texts.filter((words) => /redis\.p?call\('(KEYS|FLUSH)/.test(words))).toEqual([]);
  });
});

describeWithRedis('keys by prefix, otherwise', () => {
  it('do without scripts: the same keys are listed and removed', async () => {
    const server = await kept(startAcl(['app on >secret ~* &* +@all -@scripting']));
    const { cache, prefix } = redisCache({ connection: `redis://app:secret@127.0.0.1:${server.port}` });
    const raw = await rawClient(server.port);
    await fill(
      cache,
      Array.from({ length: 1_200 }, (_, i) => `k${i}`),
    );
    for (const [what, command, ...args] of foreign) await raw.command(command, `${prefix}k ${what}`, ...args);
    expect(await listed(cache, 'k')).toHaveLength(1_200);
    expect(await cache.prefixes.removeByPrefix('k1')).toBe(311);
    expect(await cache.prefixes.removeByPrefix('k')).toBe(889);
    expect(await raw.command('DBSIZE')).toBe(foreign.length);
  });

  describe('in a Cluster', () => {
    let cluster: RedisCluster;
    beforeAll(async () => {
      cluster = await startCluster();
    }, 30_000);
    afterAll(() => cluster.stop());

    it.each([
      ['a client', {}],
      ['a client that puts a pattern before keys', { keyPrefix: 'c*[:' }],
    ])('every master is looked at, through %s', async (_, options) => {
      const connection = await kept(new Cluster([...cluster.nodes], options));
      const { cache, prefix } = redisCache({ connection, instanceName: `[${instanceName()}` });
      const keys = Array.from({ length: 1_000 }, (_, i) => `k${i}`);
      await fill(cache, [...keys, 'other', '{k1}', '{k2}', '{k3}']);
      const raws = await Promise.all(cluster.ports.map((port) => rawClient(port)));
      const sizes = await Promise.all(raws.map((raw) => raw.command('DBSIZE')));
      expect(sizes.every((size) => Number(size) > 200)).toBe(true);
      expect(await listed(cache, 'k')).toEqual([...keys].sort());
      expect(await cache.prefixes.removeByPrefix('k')).toBe(1_000);
      expect(await listed(cache)).toEqual(['other', '{k1}', '{k2}', '{k3}'].sort());
      expect(await cache.prefixes.removeByPrefix('{')).toBe(3);
      expect(await cache.prefixes.removeByPrefix('')).toBe(1);
      expect(prefix).toMatch(/^\[test/);
      expect(await Promise.all(raws.map((raw) => raw.command('DBSIZE')))).toEqual([0, 0, 0]);
    });
  });
});
