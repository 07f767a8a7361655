import { RedisCache } from 'distributed-cache/redis';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RawClient } from './servers/raw-client.js';
import { type RedisServer, startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { type RedisCluster, startCluster } from './servers/topologies.js';
import { until } from './servers/waiting.js';
import { keysOf, range } from './through-proxy.js';
import { rawClient, redisCache, text, textOf } from './tools.js';

/** A Cluster of one node: it answers CROSSSLOT, and never MOVED. */
async function startSingleNode(): Promise<RedisServer> {
  const args = [
    '--cluster-enabled',
    'yes',
    '--cluster-config-file',
    'nodes.conf',
    '--cluster-announce-ip',
    '127.0.0.1',
  ];
  const server = await startRedis({ args });
  const client = await RawClient.connect(server.socket);
  await client.command('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
  const isOk = async () => String(await client.command('CLUSTER', 'INFO')).includes('cluster_state:ok');
  await until(isOk, 'a cluster of one node', { every: 20 });
  client.close();
  return server;
}

interface Sending {
  sendCommand(command: { name: string; args: unknown[] }, ...rest: unknown[]): unknown;
}

/** Records what a client is asked for about keys of the prefix. */
function recorded(client: object, prefix: string) {
  const sending = client as Sending;
  const commands: { name: string; keys: string[] }[] = [];
  const send = sending.sendCommand.bind(sending);
  sending.sendCommand = (command, ...rest) => {
    const args = [command.name, ...command.args.map((arg) => String(arg))];
    const keys = keysOf(args, prefix);
    if (keys.length > 0) commands.push({ name: command.name, keys });
    return send(command, ...rest);
  };
  return commands;
}

describeWithRedis('keys of several slots in one tick', () => {
  let servers: RedisCluster;
  let single: RedisServer;
  let cluster: Cluster;

  beforeAll(async () => {
    [servers, single] = await Promise.all([startCluster(), startSingleNode()]);
    cluster = new Cluster([...servers.nodes]);
  }, 30_000);

  afterAll(async () => {
    cluster.disconnect();
    await Promise.all([servers.stop(), single.stop()]);
  });

  /** Ten keys of one slot, ten of another, and ten of which each has its own. */
  const keys = range(10).flatMap((i) => [`{one}${i}`, `{two}${i}`, `alone${i}`]);

  it('go to a Cluster together where they share a slot, and else each alone', async () => {
    const { cache, prefix } = redisCache({ connection: cluster });
    await cache.ready();
    const commands = recorded(cluster, prefix);
    await Promise.all(keys.map((key) => cache.set(key, text(key), { slidingExpiration: '1m' })));
    expect((await Promise.all(keys.map((key) => cache.get(key)))).map(textOf)).toEqual(keys);
    const several = commands.filter((command) => command.keys.length > 1);
    expect(several.map(({ name, keys: [first = '', ...more] }) => [name, first.slice(0, 5), more.length])).toEqual([
      ['evalsha', '{one}', 9],
      ['evalsha', '{two}', 9],
      ['evalsha', '{one}', 9],
      ['evalsha', '{two}', 9],
    ]);
    const alone = await until(() => {
      const some = commands.filter((command) => command.keys[0]?.startsWith('alone'));
      return some.length === 30 && some;
    }, 'all commands for keys alone in their slot');
    // The windows of those that were read alone are restarted by a command of their own.
    expect(alone.map(({ name }) => name)).toEqual([
      ...range(10).map(() => 'evalsha'),
      ...range(10).map(() => 'hmget'),
      ...range(10).map(() => 'evalsha'),
    ]);
    await cache.batch.removeMany(keys);
    expect(await cache.batch.getMany(keys)).toEqual(keys.map(() => undefined));
  });

  it('go alone while there are few, also where they share a slot', async () => {
    const { cache, prefix } = redisCache({ connection: cluster });
    await cache.ready();
    const commands = recorded(cluster, prefix);
    await Promise.all(range(3).map((i) => cache.get(`{one}${i}`)));
    expect(commands.map(({ name }) => name)).toEqual(['hmget', 'hmget', 'hmget']);
    commands.length = 0;
    await Promise.all(range(70).map((i) => cache.get(`{one}${i}`)));
    expect(commands.map(({ name }) => name)).toEqual(['evalsha', 'evalsha', 'evalsha']);
    for (const { keys: some } of commands) expect(some.length).toBeLessThanOrEqual(32);
  });

  it('go through a Cluster that is left as it was', async () => {
    const client = new Cluster([...servers.nodes]);
    try {
      const listeners = () => client.eventNames().map((name) => [String(name), client.listenerCount(name)]);
      await client.get('k');
      const before = listeners();
      const { cache } = redisCache({ connection: client });
      await cache.set('k', text('v'));
      await cache.invalidations.listen({ keys: () => {}, all: () => {}, up: () => {}, down: () => {} });
      await cache.ready();
      await cache.close();
      expect(listeners()).toEqual(before);
      expect(client.status).toBe('ready');
      expect(await client.get('k')).toBeNull();
    } finally {
      client.disconnect();
    }
  });

  it('are told apart by what the client and the cache put before them, too', async () => {
    const prefixing = new Cluster([...servers.nodes], { keyPrefix: '{client}:' });
    try {
      const { cache, prefix } = redisCache({ connection: prefixing });
      await cache.ready();
      const commands = recorded(prefixing, `{client}:${prefix}`);
      // All have the one slot of what the client puts before them.
      await cache.batch.setMany(keys.map((key) => ({ key, value: text(key) })));
      expect((await cache.batch.getMany(keys)).map(textOf)).toEqual(keys);
      expect(commands.map(({ name, keys: some }) => [name, some.length])).toEqual([
        ['evalsha', 30],
        ['evalsha', 30],
      ]);
    } finally {
      prefixing.disconnect();
    }
  });

  it.each(['reads', 'sets', 'removals', 'refreshes'])(
    'are asked for by their slots once a server behind one connection has refused %s of several',
    async (what) => {
      const client = new Redis(single.url);
      // Without a listener, so that removals go together.
      const prefix = `${what}:`;
      const cache = new RedisCache({ connection: client, instanceName: prefix });
      const raw = await rawClient(single.port);
      try {
        await cache.ready();
        for (const key of keys) {
          const entry = ['absexp', '-1', 'sldexp', '600000000', 'data', key];
          await raw.command('HSET', `${prefix}${key}`, ...entry);
        }
        const run: Record<string, (key: string) => Promise<unknown>> = {
          reads: (key) => cache.get(key).then(textOf),
          sets: (key) => cache.set(key, text(`new ${key}`)),
          removals: (key) => cache.remove(key),
          refreshes: (key) => cache.refresh(key),
        };
        const results = await Promise.all(keys.map((key) => run[what]?.(key)));
        const now = await Promise.all(
          keys.map(async (key) => {
            const [data] = (await raw.command('HMGET', `${prefix}${key}`, 'data')) as (Buffer | null)[];
            return data && String(data);
          }),
        );
        const ttls = await Promise.all(keys.map((key) => raw.command('PTTL', `${prefix}${key}`)));
        if (what === 'reads') expect(results).toEqual(keys);
        expect(now).toEqual(keys.map((key) => (what === 'removals' ? null : what === 'sets' ? `new ${key}` : key)));
        if (what === 'refreshes' || what === 'reads') for (const ttl of ttls) expect(ttl).toBeGreaterThan(50_000);
        // From now on nothing is refused.
        const commands = recorded(client, prefix);
        await Promise.all(keys.map((key) => cache.get(key)));
        const together = commands.filter((command) => command.keys.length > 1);
        expect(together.map((command) => command.keys.length)).toEqual([10, 10]);
        await Promise.all(keys.map((key) => run[what]?.(key)));
      } finally {
        await cache.close();
        client.disconnect();
      }
    },
  );
});
