import { Cluster } from 'ioredis';
import { Cluster as Cluster5 } from 'ioredis-5';
import { expect, it } from 'vitest';
import { slotOf } from '../../src/providers/redis/slots.js';
import { listen } from './listening.js';
import { kept, leavesNoProcessBehind } from './servers/kept.js';
import { instanceName, startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { startCluster } from './servers/topologies.js';
import { until } from './servers/waiting.js';
import { writeAsDotnet } from './stored.js';
import { rawClient, redisCache } from './tools.js';

leavesNoProcessBehind();

describeWithRedis('the channel of a Cluster with a replica', () => {
  /** A Cluster whose first master has a replica, and what listens to it over each of the clients. */
  async function start() {
    const cluster = await kept(startCluster());
    const options = [
      '--cluster-enabled',
      'yes',
      '--cluster-config-file',
      'nodes.conf',
      '--cluster-node-timeout',
      '2000',
    ];
    const replica = await kept(startRedis({ args: [...options, '--cluster-announce-ip', '127.0.0.1'] }));
    const [master] = cluster.servers as [(typeof cluster.servers)[number]];
    const [ofMaster, ofReplica] = [await rawClient(master.port), await rawClient(replica.port)];
    // Else a replica waits 5 s for others that might want the same data.
    for (const raw of [ofMaster, ofReplica]) await raw.command('CONFIG', 'SET', 'repl-diskless-sync-delay', 0);
    await ofReplica.command('CLUSTER', 'MEET', '127.0.0.1', master.port);
    const id = String(await ofMaster.command('CLUSTER', 'MYID'));
    const replicates = async () => (await ofReplica.command('CLUSTER', 'REPLICATE', id).catch(() => '')) === 'OK';
    await until(replicates, 'the replica knows the master', { every: 20 });
    const everybodyKnows = async () => {
      const infos = await Promise.all(
        cluster.ports.map(async (port) => String(await (await rawClient(port)).command('CLUSTER', 'NODES'))),
      );
      return (
        infos.every((info) => info.includes(`slave ${id}`)) &&
        String(await ofReplica.command('INFO')).includes('master_link_status:up')
      );
    };
    await until(everybodyKnows, 'the replica is in step', { every: 50 });
    const clients = [new Cluster([...cluster.nodes]), new Cluster5([...cluster.nodes])];
    const listeners = [];
    for (const client of clients) {
      const prefix = instanceName();
      const { cache } = redisCache({ connection: await kept(client), instanceName: prefix });
      const listener = await listen(cache.invalidations);
      await listener.up();
      // A key of the first master.
      const key = Array.from({ length: 100 }, (_, i) => `k${i}`).find(
        (each) => slotOf(prefix + each) <= 5460,
      ) as string;
      listeners.push({ listener, key, redisKey: prefix + key });
    }
    return { master, replica, ofReplica, listeners };
  }
  const isMaster = async (raw: Awaited<ReturnType<typeof rawClient>>) =>
    String(await raw.command('INFO', 'replication')).includes('role:master');

  it('hears the new master after a failover, however it came, without a command that would show the way', {
    timeout: 60_000,
  }, async () => {
    const { master, ofReplica, listeners } = await start();
    await master.kill();
    for (const { listener } of listeners) await listener.hears('<down>');
    await until(() => isMaster(ofReplica), 'the replica is the master', { timeout: 20_000, every: 20 });
    for (const { listener, key, redisKey } of listeners) {
      await until(listener.isUp, 'it is up', { timeout: 20_000 });
      listener.forget();
      await writeAsDotnet(ofReplica, redisKey, { data: 'v' }, 60);
      await listener.hears(key);
    }

    // The old master comes back as a replica, and is ordered to take over again, while the other one stays.
    await master.restart();
    const ofMaster = await rawClient(master.port);
    const isBack = async () => /role:slave[\s\S]*master_link_status:up/.test(String(await ofMaster.command('INFO')));
    await until(isBack, 'the old master is a replica', { timeout: 20_000, every: 20 });
    // The others may not know yet that it is a replica: the order comes to nothing then.
    const takesOver = async () => {
      await ofMaster.command('CLUSTER', 'FAILOVER').catch(() => {});
      return until(() => isMaster(ofMaster), 'it is the master again', { timeout: 1_000, every: 20 }).catch(
        () => false,
      );
    };
    await until(takesOver, 'it is the master again', { timeout: 20_000 });
    for (const { listener, key, redisKey } of listeners) {
      listener.forget();
      await until(async () => {
        await writeAsDotnet(ofMaster, redisKey, { data: 'v' }, 60);
        return listener.told.includes(key);
      }, 'the change is heard');
      expect(listener.isUp()).toBe(true);
    }
  });
});
