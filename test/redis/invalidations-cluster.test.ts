import { Cluster } from 'ioredis';
import { Cluster as Cluster5 } from 'ioredis-5';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { slotOf } from '../../src/providers/redis/slots.js';
import { listen, listeningClients } from './listening.js';
import { kept, leavesNoProcessBehind } from './servers/kept.js';
import { instanceName } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { type RedisCluster, startCluster } from './servers/topologies.js';
import { until } from './servers/waiting.js';
import { writeAsDotnet } from './stored.js';
import { rawClient, redisCache, text } from './tools.js';

leavesNoProcessBehind();

describeWithRedis('the channel of a Cluster', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await startCluster();
  }, 30_000);
  afterAll(() => cluster.stop());

  const lastSlots = [5460, 10_922, 16_383];
  const masterOf = (redisKey: string) => lastSlots.findIndex((last) => slotOf(redisKey) <= last);
  /** A key of each of the three masters. */
  function keysOf(prefix: string): [string, string, string] {
    const keys: string[] = [];
    for (let i = 0; keys.filter((key) => key !== undefined).length < 3; i++)
      keys[masterOf(`${prefix}k${i}`)] ??= `k${i}`;
    return keys as [string, string, string];
  }
  const raws = () => Promise.all(cluster.ports.map((port) => rawClient(port)));

  const connections = {
    'ioredis 6': () => kept(new Cluster([...cluster.nodes])),
    'ioredis 6 with a key prefix': () => kept(new Cluster([...cluster.nodes], { keyPrefix: 'client:' })),
    'ioredis 5': () => kept(new Cluster5([...cluster.nodes])),
    'a connection string': async () => cluster.ports.map((port) => `127.0.0.1:${port}`).join(','),
  };

  async function start(connect: () => Promise<Cluster | Cluster5 | string>) {
    const connection = await connect();
    const prefix = instanceName();
    const { cache, events } = redisCache({ connection, instanceName: prefix });
    const listener = await listen(cache.invalidations);
    await listener.up();
    const keyPrefix = (typeof connection === 'string' ? undefined : connection.options.keyPrefix) ?? '';
    const keys = keysOf(keyPrefix + prefix);
    const redisKeys = keys.map((key) => keyPrefix + prefix + key) as [string, string, string];
    return { cache, events, listener, keys, redisKeys };
  }

  for (const [name, connect] of Object.entries(connections)) {
    it(`${name}: changes on all masters are heard`, async () => {
      const { cache, listener, keys, redisKeys } = await start(connect);
      for (const [i, raw] of (await raws()).entries()) {
        await writeAsDotnet(raw, redisKeys[i] as string, { data: 'v' }, 60);
        await listener.hears(keys[i] as string);
      }
      listener.forget();
      await Promise.all(keys.map((key) => cache.set(key, text('w'))));
      for (const key of keys) await listener.hears(key);
      listener.forget();
      await cache.prefixes.removeByPrefix('k');
      for (const key of keys) await listener.hears(key);
    });

    it(`${name}: a listening connection that is killed comes up again`, async () => {
      const { listener, keys, redisKeys } = await start(connect);
      for (const [i, raw] of (await raws()).entries()) {
        const ups = listener.told.filter((one) => one === '<up>').length;
        for (const id of await listeningClients(raw)) await raw.command('CLIENT', 'KILL', 'ID', id);
        await until(() => listener.told.includes('<down>'), 'it is down');
        await listener.up(ups + 1);
        listener.forget();
        await writeAsDotnet(raw, redisKeys[i] as string, { data: 'v' }, 60);
        await listener.hears(keys[i] as string);
      }
    });
  }

  it('FLUSHALL of one master is heard as a change of everything', async () => {
    const { listener, redisKeys } = await start(connections['ioredis 6']);
    const [raw] = await raws();
    await writeAsDotnet(raw as NonNullable<typeof raw>, redisKeys[0] as string, { data: 'v' });
    await raw?.command('FLUSHALL');
    await listener.hears('<all>');
  });

  it.each([
    ['ioredis 6', 0],
    ['ioredis 5', 1],
    ['a connection string', 2],
  ] as const)('%s: a master that is killed and comes back is listened to, or the channel is down', async (name, i) => {
    const { listener, keys, redisKeys } = await start(connections[name]);
    const server = cluster.servers[i] as RedisCluster['servers'][number];
    const before = listener.told.length;
    await server.kill();
    await listener.hears('<down>');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(listener.told.slice(before)).toEqual(['<down>']);
    await server.restart();
    const raw = await rawClient(server.port);
    const isWhole = async () => String(await raw.command('CLUSTER', 'INFO')).includes('cluster_state:ok');
    await until(isWhole, 'the cluster is whole');
    listener.forget();
    // Nobody asks this process for anything meanwhile, so that its client has no reason to look for the master.
    for (let time = 0; time < 5; time++) {
      await writeAsDotnet(raw, redisKeys[i], { data: `${time}` }, 60);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(!listener.isUp() || listener.told.includes(keys[i])).toBe(true);
    }
    await until(listener.isUp, 'it is up again');
    listener.forget();
    await writeAsDotnet(raw, redisKeys[i], { data: 'v' }, 60);
    await listener.hears(keys[i]);
  });
});
