import { describe, expect, it, vi } from 'vitest';
import { clusterPlanOf, isClusterNode } from '../../../src/providers/redis/connection/cluster-plan.js';
import { type ConnectionPlan, planConnection } from '../../../src/providers/redis/connection/plan.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { refusal } from './tools.js';

const defaults = {
  connectionName: 'distributed-cache',
  lazyConnect: true,
  connectTimeout: 5000,
  keepAlive: 60_000,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: null,
};

const nodeOptionsOf = (plan: ConnectionPlan) => plan.options.redisOptions as Record<string, unknown>;

describe('the plan of one server', () => {
  it('has our defaults', () => {
    const plan = planConnection('host');
    expect(plan).toMatchObject({
      kind: 'single',
      nodes: [],
      commandTimeoutMs: 5000,
      connectTimeoutMs: 5000,
      hints: [],
    });
    expect(plan.options).toEqual({
      ...defaults,
      host: 'host',
      port: 6379,
      db: 0,
      retryStrategy: expect.any(Function),
      reconnectOnError: expect.any(Function),
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['host:1,defaultDatabase=3', { host: 'host', port: 1, db: 3 }],
    ['host,name=orders', { connectionName: 'orders' }],
    ['host,password=p', { password: 'p' }],
    ['host,user=u,password=p', { username: 'u', password: 'p' }],
    ['host,user=u', { username: 'u', password: '' }],
    ['host,connectTimeout=70,syncTimeout=80', { connectTimeout: 70 }],
    ['host,keepAlive=10', { keepAlive: 10_000 }],
    ['host,tcpKeepAlive=false', { keepAlive: null }],
    ['host,setlib=false', { disableClientInfo: true }],
    ['host,protocol=resp2', { protocol: 2 }],
    ['host,ssl=true', { tls: {}, port: 6380 }],
    ['host,ssl=true,sslHost=other', { tls: { servername: 'other' } }],
    ['host,ssl=true,sslProtocols=Tls12|Tls13', { tls: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' } }],
    ['host,ssl=true,sslProtocols=Tls13', { tls: { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } }],
    ['!/run/redis.sock', { path: '/run/redis.sock' }],
    ['redis://u:p%40@host:1/2?family=6', { username: 'u', password: 'p@', host: 'host', port: 1, db: 2, family: 6 }],
    ['rediss://host', { tls: {}, port: 6379 }],
    ['contoso.redis.azure.net:10000', { tls: {}, port: 10000 }],
  ])('%s', (text, expected) => {
    const plan = planConnection(text);
    expect(plan.kind).toBe('single');
    for (const [option, value] of Object.entries(expected)) expect(plan.options[option], option).toEqual(value);
  });

  it.each(['host', 'host,sslHost=other', 'host,sslProtocols=Tls12', 'redis://host'])('%s: without TLS', (text) => {
    const { options } = planConnection(text);
    for (const option of ['tls', 'username', 'password', 'protocol', 'family', 'disableClientInfo', 'path']) {
      expect(options, option).not.toHaveProperty(option);
    }
  });

  it('carries the times and the hints', () => {
    const plan = planConnection('contoso.redis.azure.net,connectTimeout=70,asyncTimeout=80');
    expect(plan).toMatchObject({ connectTimeoutMs: 70, commandTimeoutMs: 80 });
    expect(plan.hints).toEqual([expect.stringContaining('10000')]);
  });

  it('finds a returned server within half a second', () => {
    const { retryStrategy } = planConnection('host').options as { retryStrategy(attempt: number): number };
    expect([1, 2, 10, 11, 1e6].map(retryStrategy)).toEqual([50, 100, 500, 500, 500]);
  });

  it('connects anew when a replica refuses a write, at most once a second', () => {
    const clock = new FakeClock();
    const plan = planConnection('host', clock);
    const { reconnectOnError } = plan.options as { reconnectOnError(error: Error): boolean };
    const readOnly = new Error("READONLY You can't write against a read only replica.");
    expect(reconnectOnError(new Error('WRONGTYPE Operation against a key'))).toBe(false);
    expect(reconnectOnError(readOnly)).toBe(true);
    expect(reconnectOnError(readOnly)).toBe(false);
    clock.advance(999);
    expect(reconnectOnError(readOnly)).toBe(false);
    clock.advance(1);
    expect(reconnectOnError(new Error("ERR Error running script: -READONLY You can't write"))).toBe(true);
    expect(reconnectOnError(readOnly)).toBe(false);
    vi.spyOn(clock, 'now').mockReturnValue(0);
    expect(reconnectOnError(readOnly), 'a clock that was set back').toBe(true);
  });
});

describe('the plan of options', () => {
  it("is the user's options over our defaults", () => {
    const retryStrategy = () => null;
    const plan = planConnection({ host: 'h', port: 1, connectionName: 'mine', retryStrategy, keepAlive: undefined });
    expect(plan).toEqual({
      kind: 'single',
      nodes: [],
      hints: [],
      connectTimeoutMs: 5000,
      options: {
        ...defaults,
        host: 'h',
        port: 1,
        connectionName: 'mine',
        retryStrategy,
        reconnectOnError: expect.any(Function),
      },
    });
  });

  it('knows the times and Sentinel in them', () => {
    const sentinels = [{ host: 's', port: 1 }];
    const plan = planConnection({
      sentinels,
      name: 'main',
      commandTimeout: 10,
      connectTimeout: 20,
      lazyConnect: false,
    });
    expect(plan).toMatchObject({ kind: 'sentinel', commandTimeoutMs: 10, connectTimeoutMs: 20 });
    expect(plan.options).toMatchObject({ sentinels, name: 'main', lazyConnect: true, commandTimeout: 10 });
    expect(plan.options.sentinelRetryStrategy).toBeTypeOf('function');
    expect(planConnection({ sentinels: [] }).kind).toBe('single');
  });

  it('leaves what it was given as it was', () => {
    const input = Object.freeze({ host: 'h' });
    planConnection(input);
    expect(input).toEqual({ host: 'h' });
  });

  it.each([undefined, null, 6379, true, [], () => {}])('%s is refused', (input) => {
    const { name, message } = refusal(() => planConnection(input as never));
    expect(name).toBe('TypeError');
    expect(message).toMatch(/^connection: expected a connection string, a URL, options of ioredis or a client, got /);
  });
});

describe('the plan of Sentinel', () => {
  it('takes the endpoints for sentinels', () => {
    const plan = planConnection('a,b:1,serviceName=main,user=u,password=p,defaultDatabase=2');
    expect(plan).toMatchObject({ kind: 'sentinel', nodes: [] });
    expect(plan.options).toMatchObject({
      ...defaults,
      sentinels: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 1 },
      ],
      name: 'main',
      db: 2,
      username: 'u',
      password: 'p',
      sentinelUsername: 'u',
      sentinelPassword: 'p',
    });
    for (const option of ['host', 'port', 'tls', 'sentinelTLS', 'enableTLSForSentinelMode']) {
      expect(plan.options).not.toHaveProperty(option);
    }
    const { sentinelRetryStrategy } = plan.options as { sentinelRetryStrategy(attempt: number): number };
    expect(sentinelRetryStrategy(1e6)).toBe(500);
  });

  it('has credentials and TLS for both', () => {
    const { options } = planConnection(
      'a,serviceName=main,password=p,sentinelUser=su,sentinelPassword=sp,ssl=true,sslHost=h',
    );
    const tls = { servername: 'h' };
    expect(options).toMatchObject({ sentinelUsername: 'su', sentinelPassword: 'sp', password: 'p' });
    expect(options).toMatchObject({ tls, sentinelTLS: tls, enableTLSForSentinelMode: true });
    expect(planConnection('a,serviceName=m,sentinelUser=su').options).toMatchObject({ sentinelPassword: '' });
    expect(planConnection('a,serviceName=m').options).not.toHaveProperty('sentinelPassword');
  });

  it('has no Unix sockets', () => {
    expect(refusal(() => planConnection('a,!/s,serviceName=main')).message).toContain('hosts for sentinels');
  });
});

describe('the plan of a Cluster', () => {
  it('takes several endpoints for its seeds', () => {
    const plan = planConnection('a,b:1,user=u,password=p,name=n,syncTimeout=80');
    expect(plan).toMatchObject({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 1 },
      ],
      commandTimeoutMs: 80,
      hints: [expect.stringContaining('nodes of a Redis Cluster')],
    });
    expect(plan.options).toEqual({
      lazyConnect: true,
      clusterRetryStrategy: expect.any(Function),
      retryDelayOnFailover: 0,
      slotsRefreshTimeout: 2000,
      redisOptions: expect.any(Object),
    });
    expect(nodeOptionsOf(plan)).toMatchObject({ ...defaults, connectionName: 'n', username: 'u', password: 'p' });
    for (const option of ['host', 'port', 'retryStrategy', 'tls'])
      expect(nodeOptionsOf(plan)).not.toHaveProperty(option);
    const { clusterRetryStrategy } = plan.options as { clusterRetryStrategy(attempt: number): number };
    expect([1, 1e6].map((attempt) => clusterRetryStrategy(attempt))).toEqual([50, 500]);
  });

  it('keeps the names of hosts with TLS', () => {
    const plan = planConnection('a:1,b:1,ssl=true');
    const { dnsLookup } = plan.options as { dnsLookup(host: string, callback: (...got: unknown[]) => void): void };
    const callback = vi.fn();
    dnsLookup('a', callback);
    expect(callback.mock.calls).toEqual([[null, 'a']]);
    expect(nodeOptionsOf(plan).tls).toEqual({});
    expect(planConnection('a:1,b:1').options).not.toHaveProperty('dnsLookup');
  });

  it.each([
    ['a:1,a:2,ssl=true', { servername: 'a' }],
    ['a:1,A:2,10.0.0.1:1,[::1]:1,ssl=true', { servername: 'a' }],
    ['a:1,a:2,ssl=true,sslHost=other', { servername: 'other' }],
    ['a:1,b:1,ssl=true,sslHost=other', { servername: 'other' }],
    ['10.0.0.1:1,10.0.0.1:2,ssl=true', {}],
  ])('%s: the name that certificates must have', (text, tls) => {
    expect(nodeOptionsOf(planConnection(text)).tls).toEqual(tls);
  });

  it('has no Unix sockets', () => {
    expect(refusal(() => planConnection('a,!/s')).message).toContain('hosts for several endpoints');
  });
});

describe('the plan of a Cluster that was taken for one server', () => {
  it('is the same server as the seed', () => {
    const single = planConnection('contoso.redis.azure.net:10000,password=p,defaultDatabase=1,syncTimeout=80');
    const plan = clusterPlanOf(single);
    expect(plan).toMatchObject({
      kind: 'cluster',
      nodes: [{ host: 'contoso.redis.azure.net', port: 10000 }],
      commandTimeoutMs: 80,
      connectTimeoutMs: 5000,
      hints: single.hints,
    });
    expect(nodeOptionsOf(plan)).toMatchObject({ password: 'p', db: 1, tls: { servername: 'contoso.redis.azure.net' } });
    for (const option of ['host', 'port', 'retryStrategy']) expect(nodeOptionsOf(plan)).not.toHaveProperty(option);
    expect(single.options.tls, 'the plan it came from').toEqual({});
    expect(clusterPlanOf(plan)).toBe(plan);
  });

  it("keeps the user's own options", () => {
    const retryStrategy = () => 7;
    const ca = 'ca';
    const options = { host: 'h', port: '1', retryStrategy, tls: { ca }, readOnly: true, enableOfflineQueue: false };
    const plan = clusterPlanOf(planConnection(options));
    expect(plan.nodes).toEqual([{ host: 'h', port: 1 }]);
    expect(plan.options.clusterRetryStrategy).toBe(retryStrategy);
    expect(nodeOptionsOf(plan).tls).toEqual({ ca, servername: 'h' });
    expect(nodeOptionsOf(plan)).not.toHaveProperty('readOnly');
    expect(clusterPlanOf(planConnection({})).nodes).toEqual([{ host: 'localhost', port: 6379 }]);
    expect(clusterPlanOf(planConnection({ retryStrategy: null })).options.clusterRetryStrategy).toBeTypeOf('function');
    const tlsOf = (tls: unknown) => nodeOptionsOf(clusterPlanOf(planConnection({ host: 'h', tls }))).tls;
    expect(tlsOf(true)).toEqual({ servername: 'h' });
    expect(tlsOf({ servername: 's' })).toEqual({ servername: 's' });
    expect(tlsOf('RedisCloudFlexible')).toBe('RedisCloudFlexible');
    expect(tlsOf(null)).toBe(null);
    expect(clusterPlanOf(planConnection({ host: 'h', tls: false })).options).not.toHaveProperty('dnsLookup');
  });

  it('needs a host', () => {
    expect(refusal(() => clusterPlanOf(planConnection('!/s'))).message).toContain('Unix socket');
    expect(refusal(() => clusterPlanOf(planConnection('a,serviceName=m'))).message).toContain('sentinels');
  });

  it('is told by INFO', () => {
    expect(isClusterNode('# Cluster\r\ncluster_enabled:1\r\n')).toBe(true);
    expect(isClusterNode('# Cluster\r\ncluster_enabled:0\r\n')).toBe(false);
    expect(isClusterNode('xcluster_enabled:1\r\ncluster_enabled:10\r\n')).toBe(false);
    expect(isClusterNode('')).toBe(false);
  });
});
