import type { CacheEvent, HybridCache } from 'distributed-cache';
import { describe, expect, it } from 'vitest';
import { kept, leavesNoProcessBehind } from '../servers/kept.js';
import { startProxy } from '../servers/proxy.js';
import { startRedis } from '../servers/redis-server.js';
import { describeWithRedis, describeWithSharedRedis } from '../servers/requirement.js';
import { startAcl } from '../servers/topologies.js';
import { until } from '../servers/waiting.js';
import { rawClient } from '../tools.js';
import { gone, held, hybridOver, twoOver } from './tools.js';

leavesNoProcessBehind();

describeWithSharedRedis('what one process changes', ({ url }) => {
  const changes: Record<string, (cache: HybridCache) => Promise<unknown>> = {
    set: (cache) => cache.set('k', 'new'),
    remove: (cache) => cache.remove('k'),
    removeByTag: (cache) => cache.removeByTag('t'),
    removeByPrefix: (cache) => cache.removeByPrefix(''),
    clear: (cache) => cache.clear(),
  };

  it.each(Object.entries(changes))('by %s is not served by another one any more', async (name, change) => {
    const { one, other } = await twoOver({ connection: url });
    await one.cache.set('k', 'old', { tags: ['t'] });
    await held(other.cache, 'k');
    await change(one.cache);
    await gone(other.cache, 'k');
    expect(await other.cache.get('k')).toBe(name === 'set' ? 'new' : undefined);
    expect(await one.cache.get('k')).toBe(name === 'set' ? 'new' : undefined);
  });

  it.each([
    ['UNLINK', (key: string) => ['UNLINK', key]],
    ['HMSET', (key: string) => ['HMSET', key, 'absexp', '-1', 'sldexp', '-1', 'data', 'junk']],
    ['PEXPIRE', (key: string) => ['PEXPIRE', key, '1']],
    ['DEL', (key: string) => ['DEL', key]],
  ])('by a foreign %s neither', async (_, command) => {
    const { one, prefix } = await twoOver({ connection: url });
    await one.cache.set('k', 'old');
    await held(one.cache, 'k');
    const raw = await rawClient(url);
    await raw.command(...command(`${prefix}k`));
    await gone(one.cache, 'k');
    // PEXPIRE leaves it there for a millisecond more.
    await until(async () => (await one.cache.get('k')) === undefined, 'it is gone everywhere');
  });

  it('is loaded once by all who miss it', async () => {
    const { one, other } = await twoOver({ connection: url });
    let runs = 0;
    const factory = async () => {
      runs++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'value';
    };
    const calls = Array.from({ length: 200 }, (_, i) => (i % 2 ? one : other).cache.getOrCreate('k', factory));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['value']));
    expect(runs).toBe(1);
  });

  it('while another one loads it is not undone by what that one stores', async () => {
    const { one, other } = await twoOver({ connection: url });
    let finish = (_: string) => {};
    const loading = one.cache.getOrCreate('k', () => new Promise<string>((resolve) => (finish = resolve)));
    await until(() => one.cache.stats.factoryRuns === 1, 'the factory runs');
    await other.cache.remove('k');
    const later = other.cache.getOrCreate('k', () => 'new');
    expect(await later).toBe('new');
    finish('old');
    expect(await loading).toBe('old');
    expect(await other.cache.get('k')).toBe('new');
    await until(async () => (await one.cache.get('k')) === 'new', 'the new value is seen');
  });

  it('reads what the other one stored, tags and all', async () => {
    const { one, other } = await twoOver({ connection: url });
    await one.cache.getOrCreate('k', () => ({ a: [1, 'ß'] }), { tags: ['b', 'a'] });
    expect(await other.cache.getOrCreate('k', () => 'never')).toEqual({ a: [1, 'ß'] });
    await other.cache.removeByTag('a');
    expect(await one.cache.getOrCreate('k', () => 'again')).toBe('again');
  });
});

describeWithRedis('a channel that', () => {
  async function cut(maxStaleness: '500ms' | '60s') {
    const server = await kept(startRedis());
    const both = await twoOver({ connection: server.url }, { maxStaleness });
    await both.one.cache.set('k', 'old');
    await held(both.other.cache, 'k');
    return { server, ...both };
  }

  it('is cut lets nothing be served that it would have told of, and is used again', async () => {
    const { server, one, other } = await cut('60s');
    const raw = await rawClient(server.port);
    await raw.command('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
    await until(() => other.types().includes('coherenceLost'), 'the loss is noticed');
    expect(other.cache.peek('k')).toBeUndefined();
    await one.cache.set('k', 'new');
    await until(() => other.types().filter((type) => type === 'coherenceRestored').length === 2, 'it is armed again');
    expect(await other.cache.get('k')).toBe('new');
    await held(other.cache, 'k');
    await one.cache.set('k', 'newer');
    await gone(other.cache, 'k');
  });

  it('is one of several connections, each of which may be killed', async () => {
    const server = await kept(startRedis());
    const { one, other } = await twoOver({ connection: server.url }, { maxStaleness: '500ms' });
    const raw = await rawClient(server.port);
    const mine = String(await raw.command('CLIENT', 'ID'));
    const clients = String(await raw.command('CLIENT', 'LIST'))
      .split('\n')
      .flatMap((line) => /^id=(\d+) /.exec(line)?.[1] ?? [])
      .filter((id) => id !== mine);
    // Of each cache one for commands and one for what is told.
    expect(clients).toHaveLength(4);
    for (const [i, id] of clients.entries()) {
      await one.cache.set('k', `old ${i}`);
      await held(other.cache, 'k');
      await raw.command('CLIENT', 'KILL', 'ID', id);
      await until(
        () =>
          one.cache.set('k', `new ${i}`).then(
            () => true,
            () => false,
          ),
        'it is set',
      );
      const setAt = performance.now();
      let servedAt = setAt;
      while (performance.now() - setAt < 600) {
        const begun = performance.now();
        const value = other.cache.peek('k') ?? (await other.cache.getOrCreate('k', () => 'loaded'));
        if (value === `old ${i}`) servedAt = begun;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(servedAt - setAt).toBeLessThan(510);
      await until(async () => (await other.cache.get('k').catch(() => '')) === `new ${i}`, 'the new value is seen');
    }
  });

  it('is silent because the server is frozen is over after the bound, and back after it', async () => {
    const { server, other } = await cut('500ms');
    await server.freeze();
    const frozenAt = performance.now();
    await gone(other.cache, 'k');
    // It was proved alive at most a quarter of the bound, and a round trip, before.
    expect(performance.now() - frozenAt).toBeLessThan(600);
    expect(other.events).toContainEqual(expect.objectContaining({ type: 'coherenceLost', reason: 'silence' }));
    server.thaw();
    await until(() => other.types().at(-1) === 'coherenceRestored', 'it is back');
    expect(await other.cache.get('k')).toBe('old');
  });

  it.each(['replies', 'requests', 'both'] as const)(
    'is half open (%s are swallowed) serves nothing that is older than the bound',
    async (direction) => {
      const server = await kept(startRedis());
      const proxy = await kept(startProxy(server));
      const one = await hybridOver({ connection: server.url });
      const { cache, types } = await hybridOver(
        { connection: proxy.url, instanceName: one.prefix, commandTimeout: 300 },
        { maxStaleness: '500ms' },
      );
      await one.cache.set('k', 'old');
      await held(cache, 'k');
      proxy.stall(direction);
      await one.cache.set('k', 'new');
      const changedAt = performance.now();
      let servedAt = changedAt;
      // Nothing ends the connection: that the proofs stay away is all there is.
      while (performance.now() - changedAt < 1_500) {
        const begun = performance.now();
        if (cache.peek('k') === 'old' || (await cache.getOrCreate('k', () => 'loaded')) === 'old') servedAt = begun;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(servedAt - changedAt).toBeLessThan(510);
      expect(types()).toContain('coherenceLost');
      proxy.resume();
      await until(() => types().at(-1) === 'coherenceRestored' || cache.peek('k') === 'new', 'it is back');
      await until(async () => (await cache.get('k')) === 'new', 'the new value is seen');
    },
  );

  it('is flushed drops all', async () => {
    const { server, other } = await cut('60s');
    const raw = await rawClient(server.port);
    await raw.command('FLUSHALL');
    await gone(other.cache, 'k');
    expect(await other.cache.get('k')).toBeUndefined();
  });

  it('survives that the server forgets its scripts', async () => {
    const { server, one, other } = await cut('60s');
    const raw = await rawClient(server.port);
    await raw.command('SCRIPT', 'FLUSH');
    await one.cache.set('k', 'new');
    await gone(other.cache, 'k');
    await one.cache.removeByTag('t');
    expect(await other.cache.getOrCreate('k2', () => 1, { tags: ['t'] })).toBe(1);
    expect(await other.cache.get('k')).toBe('new');
  });
});

describe('where the server does not tell of changes', () => {
  describeWithRedis('processes tell each other', () => {
    it('of own changes, and an event says that it is so', async () => {
      const server = await kept(startAcl(['user app on >secret ~* &* +@all -client|tracking']));
      const connection = `redis://app:secret@127.0.0.1:${server.port}`;
      const told: CacheEvent[] = [];
      const onEvent = (event: CacheEvent) => told.push(event);
      const { one, other } = await twoOver({ connection, onEvent }, { maxStaleness: '500ms' });
      expect(told).toContainEqual(expect.objectContaining({ type: 'fallback' }));
      await one.cache.set('k', 'old', { tags: ['t'] });
      await held(other.cache, 'k');
      await one.cache.removeByTag('t');
      await gone(other.cache, 'k');
      await one.cache.set('k', 'new');
      await until(async () => (await other.cache.get('k')) === 'new', 'the new value is seen');
      // Proofs go over the same channel: it stays armed for longer than the bound.
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(other.types()).not.toContain('coherenceLost');
    });
  });
});
