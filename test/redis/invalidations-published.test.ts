import { describe, expect, it } from 'vitest';
import { listen } from './listening.js';
import { kept, leavesNoProcessBehind } from './servers/kept.js';
import { instanceName, type RedisServer } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { startAcl } from './servers/topologies.js';
import { soon } from './servers/waiting.js';
import { writeAsDotnet } from './stored.js';
import { rawClient, redisCache, text } from './tools.js';

leavesNoProcessBehind();

describeWithRedis('where the server does not tell of changes', () => {
  const rights = {
    'no CLIENT': '~* &* +@all -client',
    'no CLIENT TRACKING': '~* &* +@all -client|tracking',
    'no right to listen to the messages of Redis': '~* resetchannels &test-* +@all',
  };
  const user = (server: RedisServer) => `redis://app:secret@127.0.0.1:${server.port}`;

  async function start(right: string) {
    const server = await kept(startAcl([`app on >secret ${right}`]));
    const one = redisCache({ connection: user(server) });
    const other = redisCache({ connection: user(server), instanceName: one.prefix });
    const listener = await listen(other.cache.invalidations);
    await listener.up();
    await one.cache.ready();
    // It learns that it has no right when it listens.
    const own = await listen(one.cache.invalidations);
    await own.up();
    const raw = await rawClient(server.port);
    let markers = 0;
    const heard = async () => {
      const marker = `marker ${++markers}`;
      await one.cache.set(marker, text('v'));
      await listener.hears(marker);
      const told = listener.told.filter((each) => !each.startsWith('marker ') && each !== '<up>');
      listener.forget();
      return told;
    };
    return { server, one, other, listener, raw, heard };
  }

  describe.each(Object.entries(rights))('%s', (_, right) => {
    it('changes by this library are heard by publish/subscribe, and that is told once', async () => {
      const { one, other, heard, raw } = await start(right);
      const { cache, prefix } = one;
      const says = async (expected: string[], run: () => Promise<unknown>) => {
        await run();
        expect((await heard()).sort()).toEqual(expected);
      };
      await says(['a'], () => cache.set('a', text('v')));
      await says(['a', 'b', 'c'], () => cache.batch.setMany(['a', 'b', 'c'].map((key) => ({ key, value: text('v') }))));
      await says(['a'], () => cache.remove('a'));
      await says([], () => cache.remove('a'));
      await says(['b', 'c'], () => cache.batch.removeMany(['b', 'c']));
      await says(['leased'], async () => {
        const reply = await cache.leases?.getOrLease('leased', { duration: '1m' });
        if (reply?.kind === 'lease') await cache.leases?.commit('leased', reply.token, text('v'));
      });
      await says(['leased'], () => cache.prefixes.removeByPrefix('lea'));
      await says([], () => cache.get('leased'));
      await says([], () => writeAsDotnet(raw, `${prefix}k`, { data: 'foreign' }));
      for (const { events } of [one, other]) {
        const fallbacks = events.flatMap((event) => (event.type === 'fallback' ? [event.feature] : []));
        expect(fallbacks).toEqual(['tracking']);
      }
    });

    it("another prefix's changes are not heard, and a message of somebody else may mean anything", async () => {
      const { server, one, listener, heard, raw } = await start(right);
      const elsewhere = redisCache({ connection: user(server), instanceName: instanceName() });
      await elsewhere.cache.set('k', text('v'));
      expect(await heard()).toEqual([]);
      for (const message of ['', 'k', '{}', '[1]', '["k"', 'null']) {
        listener.forget();
        await raw.command('PUBLISH', `${one.prefix}__distributed-cache:changed__`, message);
        await listener.hears('<all>');
      }
      await raw.command('PUBLISH', `${one.prefix}__distributed-cache:changed__`, '["k","ü"]');
      await listener.hears('ü');
    });
  });

  it('nothing is heard where nothing may be listened to: the channel is down, that is told, and all else works', async () => {
    const server = await kept(startAcl(['app on >secret ~* resetchannels +@all']));
    const { cache, events } = redisCache({ connection: user(server) });
    const listener = await listen(cache.invalidations);
    expect(await soon(cache.ready())).toBe('pending');
    await cache.set('k', text('v'));
    expect(await cache.get('k')).toEqual(text('v'));
    expect(listener.told).toEqual([]);
    const failures = events.filter((event) => event.type === 'backendFailed' && event.operation === 'listen');
    expect(failures.length).toBeGreaterThan(0);
    expect(failures[0]).toMatchObject({ error: { code: 'ERR_BACKEND_FORBIDDEN' } });
    await cache.close();
  });
});
