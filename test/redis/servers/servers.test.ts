import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { Cluster, Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { kept, leavesNoProcessBehind } from './kept.js';
import { listen } from './ports.js';
import { isAlive, processState } from './processes.js';
import { RawClient, rawCommand } from './raw-client.js';
import { instanceName, type RedisServerOptions, startRedis } from './redis-server.js';
import { describeWithRedis, describeWithSharedRedis, describeWithTls } from './requirement.js';
import { decoded } from './resp.js';
import { startAcl, startCluster, startSentinel, startTls } from './topologies.js';
import { soon, until } from './waiting.js';

leavesNoProcessBehind();

const redis = (options?: RedisServerOptions) => kept(startRedis(options));
const connect = (...args: Parameters<typeof RawClient.connect>) => kept(RawClient.connect(...args));
const refusal = (port: number) => rawCommand(port, 'PING').catch((error: NodeJS.ErrnoException) => error.code);

describeWithRedis('startRedis', () => {
  it('starts a server that keeps nothing, and stops it', async () => {
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const started = performance.now();
      const server = await redis();
      times.push(performance.now() - started);
      expect(await rawCommand(server.port, 'PING')).toBe('PONG');
      expect(decoded(await rawCommand(server.url, 'CONFIG', 'GET', 'save'))).toEqual(['save', '']);
      expect(server.log()).toContain('Ready to accept connections');
      await server.stop();
      expect(isAlive(server.pid)).toBe(false);
      expect(existsSync(server.folder)).toBe(false);
      expect(await refusal(server.port)).toBe('ECONNREFUSED');
      await server.stop();
    }
    // 20 to 40 ms where nothing else runs.
    expect(Math.min(...times)).toBeLessThan(500);
  });

  it('takes options, as arguments and as a file', async () => {
    const options = { args: ['--maxmemory', '3mb'], config: 'maxmemory-policy allkeys-lfu\nmaxmemory 2mb\n' };
    const server = await redis(options);
    const setting = async (name: string) => decoded(await rawCommand(server.port, 'CONFIG', 'GET', name));
    expect(await setting('maxmemory')).toEqual(['maxmemory', String(3 << 20)]);
    expect(await setting('maxmemory-policy')).toEqual(['maxmemory-policy', 'allkeys-lfu']);
  });

  it('says why it did not start', async () => {
    await expect(startRedis({ args: ['--no-such-option', '1'] })).rejects.toThrow('no-such-option');
    const taken = createServer();
    const port = await listen(taken);
    onTestFinished(() => void taken.close());
    await expect(startRedis({ port })).rejects.toThrow(`port ${port} is in use`);
    // Another port is taken where the first proves to be in use.
    let first: number | undefined;
    const server = await redis({
      args: (own) => {
        first ??= own;
        return own === first ? ['--port', String(port)] : [];
      },
    });
    expect(server.port).not.toBe(first);
  });

  it('is killed, and started again on the same port without its data', async () => {
    const server = await redis();
    const { pid } = server;
    await rawCommand(server.port, 'SET', 'k', 'v');
    await server.kill();
    expect(isAlive(pid)).toBe(false);
    expect(await refusal(server.port)).toBe('ECONNREFUSED');
    await server.restart();
    expect(server.pid).not.toBe(pid);
    expect(await rawCommand(server.port, 'GET', 'k')).toBeNull();
    await server.restart();
    expect(await rawCommand(server.port, 'PING')).toBe('PONG');
  });

  it('is frozen and thawed', async () => {
    const server = await redis();
    const client = await connect(server.port);
    await server.freeze();
    if (process.platform === 'linux') expect(processState(server.pid)).toBe('T');
    const answer = client.command('PING');
    // The system still accepts connections for it.
    const late = (await connect(server.port)).command('PING');
    expect(await soon(answer)).toBe('pending');
    server.thaw();
    expect([await answer, await late]).toEqual(['PONG', 'PONG']);
    await server.freeze();
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });
});

describeWithSharedRedis('sharedRedis', ({ url, instanceName: prefix }) => {
  it('is one server for all, with a prefix for each', async () => {
    const client = await connect(url);
    expect(prefix).toMatch(/^test-[0-9a-f]{12}:$/);
    expect(instanceName()).not.toBe(prefix);
    expect(await client.command('SET', `${prefix}k`, 'v', 'PX', 1000)).toBe('OK');
    expect(await client.command('DEL', `${prefix}k`)).toBe(1);
  });
});

describeWithTls('startTls', () => {
  it('speaks TLS, with a certificate of its own authority', async () => {
    const tls = await kept(startTls());
    for (const host of ['localhost', '127.0.0.1']) {
      const client = await kept(new Redis({ host, port: tls.port, tls: { ca: tls.ca }, retryStrategy: () => null }));
      expect(await client.ping()).toBe('PONG');
    }
    const client = await connect({ port: tls.port, ca: tls.ca });
    expect(await client.command('PING')).toBe('PONG');
    const distrustful = new Redis(tls.url, { lazyConnect: true, retryStrategy: () => null });
    distrustful.on('error', () => {});
    await expect(distrustful.connect()).rejects.toThrow();
    // A plain client gets nowhere.
    await expect(rawCommand(tls.port, 'PING')).rejects.toThrow();
  });
});

describeWithRedis('startAcl', () => {
  it('knows its users and what they may do', async () => {
    const users = ['default off', 'user app on >s3cret ~app:* +@all -@scripting', 'admin on >root ~* &* +@all'];
    const server = await kept(startAcl(users));
    const { port } = server;
    await expect(rawCommand(port, 'GET', 'k')).rejects.toMatchObject({ code: 'NOAUTH' });
    const wrong = RawClient.connect({ port, username: 'app', password: 'no' });
    await expect(wrong).rejects.toMatchObject({ code: 'WRONGPASS' });
    const app = await connect(`redis://app:s3cret@127.0.0.1:${port}`);
    expect(await app.command('SET', 'app:k', 'v')).toBe('OK');
    await expect(app.command('SET', 'k', 'v')).rejects.toMatchObject({ code: 'NOPERM' });
    await expect(app.command('EVAL', 'return 1', 0)).rejects.toMatchObject({ code: 'NOPERM' });
    await server.restart();
    await expect(rawCommand(port, 'GET', 'k')).rejects.toMatchObject({ code: 'NOAUTH' });
  });
});

describeWithRedis('startCluster', () => {
  it('is three masters that a client can use', async () => {
    const cluster = await kept(startCluster());
    const client = await kept(new Cluster([...cluster.nodes]));
    const keys = Array.from({ length: 50 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => client.set(key, key)));
    expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys);
    const masters = client.nodes('master').map((node) => node.options.port);
    expect(masters.sort()).toEqual([...cluster.ports].sort());
    const sizes = await Promise.all(cluster.ports.map((port) => rawCommand(port, 'DBSIZE')));
    for (const size of sizes) expect(size).toBeGreaterThan(0);
    const everywhere = Promise.all(cluster.ports.map((port) => rawCommand(port, 'GET', 'k1')));
    await expect(everywhere).rejects.toMatchObject({ code: 'MOVED' });
  });
});

describeWithRedis('startSentinel', () => {
  it('names the primary, which has a replica', async () => {
    const sentinel = await kept(startSentinel());
    expect(await sentinel.currentPort()).toBe(sentinel.primary.port);
    const client = await kept(new Redis({ sentinels: [...sentinel.nodes], name: sentinel.name }));
    expect(await client.set('k', 'v')).toBe('OK');
    await until(async () => (await rawCommand(sentinel.replica.port, 'GET', 'k')) !== null, 'the replica has it');
    await expect(rawCommand(sentinel.replica.port, 'SET', 'k', 'v')).rejects.toMatchObject({ code: 'READONLY' });
  });
});
