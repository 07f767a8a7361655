import type { HybridCache } from 'distributed-cache';
import { afterAll, beforeAll } from 'vitest';
import { hybridOver } from '../redis/hybrid/tools.js';
import { instanceName, type RedisServer, startRedis } from '../redis/servers/redis-server.js';
import { until } from '../redis/servers/waiting.js';
import type { DotnetHybrid } from './dotnet-hybrid.js';
import { startDotnet } from './dotnet-process.js';
import type { Packages } from './packages.js';

/** HybridCache of .NET and of Node on one Redis, of a suite. */
export interface Pair {
  /** In a process that lives as long as the suite, so that it knows what it was told once. */
  readonly dotnet: DotnetHybrid;
  /** In a process that has just started. */
  freshDotnet(): Promise<DotnetHybrid>;
  /** Of this test, with a local tier unless it is told not to. */
  node(options?: { readonly local?: false }): Promise<HybridCache>;
}

/** What the suite's tests share: a server, and a .NET process. All of it ends with the suite. */
export function sharedPair(packages: Packages): Pair {
  const prefix = instanceName();
  const ends: (() => Promise<void>)[] = [];
  let server: RedisServer;
  let dotnet: DotnetHybrid;

  async function freshDotnet(): Promise<DotnetHybrid> {
    const started = await startDotnet({ packages, redisPort: server.port, instanceName: prefix });
    ends.push(() => started.stop());
    // It asks for the time of `*` with its first call, and may answer that before it knows.
    for (const first of ['one', 'two']) await started.hybrid.peek(first, 'int');
    return started.hybrid;
  }

  beforeAll(async () => {
    server = await startRedis();
    ends.push(() => server.stop());
    dotnet = await freshDotnet();
  }, 330_000);
  afterAll(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  return {
    get dotnet() {
      return dotnet;
    },
    freshDotnet,
    node: async (options = {}) => (await hybridOver({ connection: server.url, instanceName: prefix }, options)).cache,
  };
}

/** .NET answers its callers before it stores what it loaded: waits until Node sees it. */
export const seen = (cache: HybridCache, key: string): Promise<unknown> =>
  until(async () => (await cache.get(key)) !== undefined, `${key} is stored`);
