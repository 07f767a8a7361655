import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RawClient, rawCommand } from './raw-client.js';
import { type RedisServer, startRedis } from './redis-server.js';
import { decoded, ReplyError } from './resp.js';
import { until } from './waiting.js';

const run = promisify(execFile);

export interface TlsRedis {
  readonly port: number;
  /** `rediss://127.0.0.1:PORT`. */
  readonly url: string;
  /** The certificate that signed the server's, as PEM: what a client must trust. */
  readonly ca: string;
  readonly server: RedisServer;
  stop(): Promise<void>;
}

/** A server that speaks TLS only. Its certificate is for localhost and 127.0.0.1. */
export async function startTls(): Promise<TlsRedis> {
  const files = await makeCertificates();
  const certificate = ['--tls-cert-file', 'server.crt', '--tls-key-file', 'server.key'];
  const trust = ['--tls-ca-cert-file', 'ca.crt', '--tls-auth-clients', 'no'];
  const args = (port: number) => ['--port', '0', '--tls-port', String(port), ...certificate, ...trust];
  const server = await startRedis({ args, files });
  const { port } = server;
  return { port, url: `rediss://127.0.0.1:${port}`, ca: files['ca.crt'], server, stop: () => server.stop() };
}

async function makeCertificates(): Promise<Record<'ca.crt' | 'server.crt' | 'server.key', string>> {
  const cwd = await mkdtemp(join(tmpdir(), 'redis-test-certificates-'));
  try {
    const openssl = (...args: string[]) => run('openssl', args, { cwd });
    const key = (name: string) => [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      name,
    ];
    await writeFile(join(cwd, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    await Promise.all([
      openssl('req', '-x509', ...key('ca.key'), '-days', '30', '-subj', '/CN=test CA', '-out', 'ca.crt'),
      openssl('req', '-new', ...key('server.key'), '-subj', '/CN=localhost', '-out', 'server.csr'),
    ]);
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-set_serial', '1', '-days', '30', '-extfile', 'names'];
    await openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.crt');
    const text = (name: string) => readFile(join(cwd, name), 'utf8');
    return {
      'ca.crt': await text('ca.crt'),
      'server.crt': await text('server.crt'),
      'server.key': await text('server.key'),
    };
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/**
 * A server with an ACL file. A user is a line as `ACL SETUSER` takes it: `app on >s3cret ~app:* &* +@all`. The user
 * `default` may do everything without a password, unless a line says otherwise (`default off`).
 */
export function startAcl(users: readonly string[]): Promise<RedisServer> {
  const lines = users.map((user) => `user ${user.replace(/^user\s+/, '')}\n`);
  return startRedis({ args: ['--aclfile', 'users.acl'], files: { 'users.acl': lines.join('') } });
}

export interface RedisCluster {
  readonly ports: readonly number[];
  /** Where to connect, as ioredis's `Cluster` takes it. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly servers: readonly RedisServer[];
  stop(): Promise<void>;
}

const slotRanges = [
  [0, 5460],
  [5461, 10_922],
  [10_923, 16_383],
] as const;

/** Three masters, a third of the slots each, no replicas. Takes 2 to 3 s: Redis waits so long before it says ok. */
export async function startCluster(): Promise<RedisCluster> {
  const options = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '2000'];
  const args = [...options, '--cluster-announce-ip', '127.0.0.1'];
  const servers = await startAll(slotRanges.map(() => () => startRedis({ args })));
  const clients: RawClient[] = [];
  try {
    for (const server of servers) clients.push(await RawClient.connect(server.socket));
    await Promise.all(clients.map((client, i) => claimSlots(client, i)));
    const [first] = clients as [RawClient];
    for (const { port } of servers.slice(1)) await first.command('CLUSTER', 'MEET', '127.0.0.1', port);
    const agreed = async () => {
      const infos = await Promise.all(clients.map((client) => client.command('CLUSTER', 'INFO')));
      return infos.every((info) => {
        const text = String(info);
        return text.includes('cluster_state:ok') && text.includes('cluster_known_nodes:3');
      });
    };
    await until(agreed, 'a cluster in agreement', { every: 20 });
  } catch (error) {
    await stopAll(servers);
    throw error;
  } finally {
    for (const client of clients) client.close();
  }
  const ports = servers.map((server) => server.port);
  const nodes = ports.map((port) => ({ host: '127.0.0.1', port }));
  return { ports, nodes, servers, stop: () => stopAll(servers) };
}

async function claimSlots(client: RawClient, index: number): Promise<void> {
  // Nodes that all begin with epoch 0 would first have to settle who is older.
  await client.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  const [from, to] = slotRanges[index] as readonly [number, number];
  try {
    await client.command('CLUSTER', 'ADDSLOTSRANGE', from, to);
  } catch (error) {
    // Before Redis 7.
    if (!(error instanceof ReplyError)) throw error;
    await client.command('CLUSTER', 'ADDSLOTS', ...Array.from({ length: to - from + 1 }, (_, i) => from + i));
  }
}

export interface RedisSentinel {
  /** What the primary is called: `mymaster`. */
  readonly name: string;
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly RedisServer[];
  /** Where the sentinels are, as ioredis's `sentinels` option takes it. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** The port of the primary that the first sentinel names. */
  currentPort(): Promise<number>;
  stop(): Promise<void>;
}

/** A primary, a replica of it, and three sentinels (quorum 2) that take a server for dead after 1 s. */
export async function startSentinel(): Promise<RedisSentinel> {
  const name = 'mymaster';
  const started: RedisServer[] = [];
  try {
    const primary = await startRedis({ args: ['--repl-diskless-sync', 'yes', '--repl-diskless-sync-delay', '0'] });
    started.push(primary);
    const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(primary.port)] });
    started.push(replica);
    const config = [
      `sentinel monitor ${name} 127.0.0.1 ${primary.port} 2`,
      `sentinel down-after-milliseconds ${name} 1000`,
      `sentinel failover-timeout ${name} 5000\n`,
    ].join('\n');
    // A sentinel learns of the replica from the primary, at first at once, then every 10 s.
    const linked = async () => String(await rawCommand(replica.socket, 'INFO')).includes('master_link_status:up');
    await until(linked, 'a replica in step', { every: 10 });
    const sentinels = await startAll([0, 1, 2].map(() => () => startRedis({ args: ['--sentinel'], config })));
    started.push(...sentinels);
    await meet(sentinels, name);
    const nodes = sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
    const currentPort = async () => {
      const address = decoded(await rawCommand(nodes[0]?.port as number, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name));
      return Number((address as string[])[1]);
    };
    return { name, primary, replica, sentinels, nodes, currentPort, stop: () => stopAll(started) };
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

/** Waits until the sentinels know each other and the replica. */
async function meet(sentinels: readonly RedisServer[], name: string): Promise<void> {
  const clients = await Promise.all(sentinels.map((sentinel) => RawClient.connect(sentinel.port)));
  // Each makes itself known every 2 s. Before Redis 7 that can't be changed: it takes so long then.
  const announceEvery = (ms: number) =>
    Promise.allSettled(clients.map((client) => client.command('SENTINEL', 'DEBUG', 'PUBLISH-PERIOD', ms)));
  const knowsAll = async (client: RawClient) => {
    const fields = decoded(await client.command('SENTINEL', 'MASTER', name)) as string[];
    const field = (key: string) => fields[fields.indexOf(key) + 1];
    return field('num-other-sentinels') === '2' && field('num-slaves') === '1' && field('flags') === 'master';
  };
  try {
    await announceEvery(50);
    const complete = async () => !(await Promise.all(clients.map(knowsAll))).includes(false);
    await until(complete, 'sentinels that know each other', { timeout: 20_000, every: 20 });
    await announceEvery(2000);
  } finally {
    for (const client of clients) client.close();
  }
}

/** Starts several at once; when one fails, none is left. */
async function startAll(starts: readonly (() => Promise<RedisServer>)[]): Promise<RedisServer[]> {
  const outcomes = await Promise.allSettled(starts.map((start) => start()));
  const servers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (!failed) return servers;
  await stopAll(servers);
  throw failed.reason;
}

async function stopAll(servers: readonly RedisServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}
