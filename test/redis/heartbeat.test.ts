import { describe, expect, it } from 'vitest';
import { kept, leavesNoProcessBehind } from './servers/kept.js';
import { startProxy } from './servers/proxy.js';
import { startRedis } from './servers/redis-server.js';
import { describeWithRedis, describeWithSharedRedis } from './servers/requirement.js';
import { startAcl, startCluster } from './servers/topologies.js';
import { soon } from './servers/waiting.js';
import { errorOf, redisCache } from './tools.js';

leavesNoProcessBehind();

/** A cache that is listened to, and what its listener was told. */
async function listening(options: Parameters<typeof redisCache>[0]) {
  const made = redisCache(options);
  const told: string[] = [];
  let isUp = () => {};
  const up = new Promise<void>((resolve) => {
    isUp = resolve;
  });
  await made.cache.invalidations.listen({
    keys: (keys) => told.push(...keys),
    all: () => told.push('<all>'),
    up: () => isUp(),
    down: () => told.push('<down>'),
  });
  await up;
  const prove = () => made.cache.invalidations.prove?.() ?? Promise.reject(new Error('nothing to prove'));
  return { ...made, told, prove };
}

describeWithSharedRedis('a proof that changes are told', ({ url }) => {
  it.each([undefined, ''])('is heard, and told to nobody: instance name %j', async (instanceName) => {
    const one = await listening(instanceName === undefined ? { connection: url } : { connection: url, instanceName });
    const other = await listening({ connection: url, instanceName: one.prefix });
    await Promise.all([one.prove(), one.prove(), other.prove()]);
    await one.prove();
    const beats = [...one.told, ...other.told].filter((key) => key.includes('alive__'));
    expect(beats).toEqual([]);
    if (instanceName === undefined) expect([...one.told, ...other.told]).toEqual([]);
  });

  it('can not be had while nobody listens', async () => {
    const { cache } = redisCache({ connection: url });
    expect((await errorOf(cache.invalidations.prove?.() ?? Promise.resolve())).code).toBe('ERR_BACKEND_UNAVAILABLE');
  });
});

describeWithRedis('a proof', () => {
  it.each(['replies', 'requests'] as const)(
    'does not come while %s of a connection are swallowed',
    async (direction) => {
      const server = await kept(startRedis());
      const proxy = await kept(startProxy(server));
      const { prove } = await listening({ connection: proxy.url, commandTimeout: 500 });
      await prove();
      proxy.stall(direction);
      expect(await soon(prove().catch(() => 'failed'))).toBe('pending');
      proxy.resume();
    },
  );

  it('rejects at its deadline where the server is frozen, and comes again after it', async () => {
    const server = await kept(startRedis());
    const { prove } = await listening({ connection: server.url, commandTimeout: 300 });
    await server.freeze();
    expect((await errorOf(prove())).code).toBe('ERR_TIMEOUT');
    server.thaw();
    await prove();
  });

  it('is written inside the prefix where nothing else may be written', async () => {
    const server = await kept(startAcl(['user app on >secret ~app:* &* +@all']));
    const { prove, told } = await listening({
      connection: `redis://app:secret@127.0.0.1:${server.port}`,
      instanceName: 'app:',
    });
    await prove();
    expect(told).toEqual([]);
  });

  it('goes over the channel where changes are told by publishing', async () => {
    const server = await kept(startAcl(['user app on >secret ~* &* +@all -client|tracking']));
    const connection = `redis://app:secret@127.0.0.1:${server.port}`;
    const one = await listening({ connection });
    const other = await listening({ connection, instanceName: one.prefix });
    await Promise.all([one.prove(), other.prove()]);
    expect([...one.told, ...other.told]).toEqual([]);
  });
});

describe('on a Cluster', () => {
  describeWithRedis('of three masters', () => {
    it('is heard from each of them', async () => {
      const cluster = await kept(startCluster());
      const { prove, told } = await listening({
        connection: cluster.ports.map((port) => `127.0.0.1:${port}`).join(','),
      });
      await prove();
      await prove();
      expect(told).toEqual([]);
    });
  });
});
