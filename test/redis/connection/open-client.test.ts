import { describe, expect, it } from 'vitest';
import { CacheError, ErrorCode } from '../../../src/core/errors.js';
import type { ClientModuleLoader } from '../../../src/providers/redis/connection/client-module.js';
import { clusterPlanOf, openClient } from '../../../src/providers/redis/connection/open-client.js';
import { type ConnectionInput, planConnection } from '../../../src/providers/redis/connection/plan.js';

interface Client {
  readonly status: string;
  readonly isCluster: boolean;
  readonly options: Record<string, unknown>;
  on(event: string, listener: (error: Error) => void): void;
  set(key: string, value: string): Promise<unknown>;
  connect(): Promise<void>;
  disconnect(): void;
}

const versions: [string, ClientModuleLoader][] = [
  ['ioredis 6', () => import('ioredis')],
  ['ioredis 5', () => import('ioredis-5')],
];

const inputs: ConnectionInput[] = [
  'host:1,user=u,password=p,defaultDatabase=2,name=n,protocol=2,setlib=false,tcpKeepAlive=false',
  'host:1,ssl=true,sslHost=other,sslProtocols=Tls12|Tls13',
  '!/run/redis.sock',
  'rediss://u:p@[::1]:1/2?family=6&protocol=3',
  { host: 'host', port: 1, keyPrefix: 'x:' },
];

describe.each(versions)('%s', (_, load) => {
  it.each(inputs)('takes the options of %j, and does not connect', async (input) => {
    const plan = planConnection(input);
    const client = (await openClient(plan, load)) as Client;
    expect([client.status, client.isCluster]).toEqual(['wait', false]);
    for (const [option, value] of Object.entries(plan.options)) expect(client.options[option], option).toEqual(value);
    client.disconnect();
  });

  it('takes the options of Sentinel', async () => {
    const client = (await openClient(planConnection('a,b,serviceName=main,password=p,ssl=true'), load)) as Client;
    expect([client.status, client.isCluster]).toEqual(['wait', false]);
    expect(client.options).toMatchObject({ name: 'main', sentinelPassword: 'p', enableTLSForSentinelMode: true });
    client.disconnect();
  });

  it.each(['a:1,b:2,password=p', 'a:1,b:2,ssl=true'])('takes the options of a Cluster: %s', async (text) => {
    const plan = planConnection(text);
    const client = (await openClient(plan, load)) as Client;
    expect([client.status, client.isCluster]).toEqual(['wait', true]);
    expect(client.options).toMatchObject({ retryDelayOnFailover: 0, slotsRefreshTimeout: 2000 });
    expect(client.options.redisOptions).toEqual(plan.options.redisOptions);
    client.disconnect();
  });

  it.each([
    ['one server', planConnection('127.0.0.1:1')],
    ['a Cluster', clusterPlanOf(planConnection('127.0.0.1:1'))],
  ])('%s that is down: opens, and looks for it', async (_what, plan) => {
    const client = (await openClient(plan, load)) as Client;
    const failed = new Promise<Error>((resolve) => client.on('error', resolve));
    await expect(client.connect()).rejects.toThrow(Error);
    expect((await failed).message).not.toBe('');
    expect(['reconnecting', 'connecting']).toContain(client.status);
    client.disconnect();
  });
});

describe('the module', () => {
  class Redis {
    constructor(readonly options: unknown) {}
  }
  class Cluster {
    constructor(
      readonly nodes: unknown,
      readonly options: unknown,
    ) {}
  }
  const plan = planConnection('host');
  const cluster = planConnection('a:1,b:1');

  it('is ioredis where nobody says otherwise', async () => {
    const client = (await openClient(plan)) as Client;
    expect(client.status).toBe('wait');
    client.disconnect();
  });

  it.each<[string, unknown]>([
    ['an ESM namespace', { Redis, Cluster }],
    ['a default', { default: { Redis, Cluster } }],
    ['a default of a default', { default: { default: { Redis, Cluster } } }],
    ['a function with both', Object.assign(() => {}, { Redis, Cluster })],
    ['one here and one there', { Redis, default: { Cluster } }],
  ])('comes as %s', async (_what, loaded) => {
    expect(await openClient(plan, async () => loaded)).toBeInstanceOf(Redis);
    const client = await openClient(cluster, async () => loaded);
    expect(client).toBeInstanceOf(Cluster);
    expect(client).toEqual({ nodes: cluster.nodes, options: cluster.options });
  });

  it('may do what it likes with its options: the plan stays as it was', async () => {
    const spoil = (options: object) => Object.assign(options, { spoilt: true });
    const module = {
      Redis: class {
        constructor(options: object) {
          spoil(options);
        }
      },
      Cluster: class {
        constructor(nodes: object[], options: object) {
          nodes.forEach(spoil);
          spoil(options);
        }
      },
    };
    for (const each of [plan, cluster]) {
      const before = { nodes: each.nodes.map((node) => ({ ...node })), options: { ...each.options } };
      await openClient(each, async () => module);
      expect(each).toMatchObject(before);
      expect(Object.keys(each.options)).not.toContain('spoilt');
      expect(each.nodes).toEqual(before.nodes);
    }
  });

  it.each([
    ['Node, ESM', 'ERR_MODULE_NOT_FOUND', "Cannot find package 'ioredis' imported from /app/dist/redis.js"],
    ['Node, CJS', 'MODULE_NOT_FOUND', "Cannot find module 'ioredis'\nRequire stack:\n- /app/dist/redis.cjs"],
    ['Jest', 'MODULE_NOT_FOUND', "Cannot find module 'ioredis' from 'dist/redis.cjs'"],
    ['Bun', 'ERR_MODULE_NOT_FOUND', 'Cannot find package "ioredis" from "/app/dist/redis.js"'],
    ['Deno', 'ERR_MODULE_NOT_FOUND', 'Relative import path "ioredis" not prefixed with / or ./ or ../'],
  ])('is missing: %s', async (_what, code, message) => {
    const cause = Object.assign(new Error(message), { code });
    const error = await openClient(plan, () => Promise.reject(cause)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CacheError);
    expect(error).toMatchObject({ code: ErrorCode.missingDependency, cause });
    expect((error as Error).message).toContain('npm install ioredis');
  });

  it('is really missing', async () => {
    const name = 'ioredis-that-is-not-there';
    const load = () => import(/* @vite-ignore */ name);
    await expect(openClient(plan, load), 'another package is not ours to name').rejects.not.toBeInstanceOf(CacheError);
  });

  it.each([
    [
      'a dependency of it, CJS',
      'MODULE_NOT_FOUND',
      "Cannot find module 'denque'\nRequire stack:\n- '/x/node_modules/ioredis'\n- 'ioredis'",
    ],
    [
      'a dependency of it, ESM',
      'ERR_MODULE_NOT_FOUND',
      "Cannot find package 'denque' imported from /x/node_modules/ioredis/built/Redis.js",
    ],
    [
      'a file of it',
      'ERR_MODULE_NOT_FOUND',
      "Cannot find module '/x/node_modules/ioredis/built/index.js' imported from /app.js",
    ],
    ['nothing', undefined, "Unexpected token in 'ioredis'"],
  ])('is there, but %s is missing: that comes out as it is', async (_what, code, message) => {
    const cause = Object.assign(new Error(message), { code });
    await expect(openClient(plan, () => Promise.reject(cause))).rejects.toBe(cause);
  });

  it.each([undefined, null, {}, { default: {} }, { Redis }, { default: 'ioredis' }])(
    'is something else: %j',
    async (loaded) => {
      await expect(openClient(plan, async () => loaded)).rejects.toMatchObject({
        code: ErrorCode.missingDependency,
        message: expect.stringContaining('has no Redis and Cluster'),
      });
    },
  );

  it('is not asked for with a password in the message', async () => {
    const cause = Object.assign(new Error("Cannot find module 'ioredis'"), { code: 'MODULE_NOT_FOUND' });
    const secret = planConnection('host,password=qzj7');
    const error = (await openClient(secret, () => Promise.reject(cause)).catch((thrown: unknown) => thrown)) as Error;
    expect(error.message + error.stack).not.toContain('qzj7');
  });
});
