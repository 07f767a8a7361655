// An ASP.NET Core service and a Node service over one Redis and one product table: what the one has cached the other one
// reads, and what the one updates is gone in the other. Run it with `node examples/aspnet-and-node/main.mjs`; with
// `--serve` both run until Ctrl-C, to be tried with curl.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { removeByPrefix } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { findRedis } from '../shared/redis.mjs';
import { buildAspNetService } from './build.mjs';
import { printCurlLines } from './curl.mjs';
import { Service } from './service.mjs';
import { products, tell } from './story.mjs';

const redis = await findRedis();
if (redis !== undefined) {
  try {
    const aspNetService = await buildAspNetService();
    if (aspNetService !== undefined) await run(aspNetService);
  } finally {
    await redis.end();
  }
}

async function run(aspNetService) {
  const folder = await mkdtemp(join(tmpdir(), 'distributed-cache-example-'));
  const table = join(folder, 'products.json');
  await writeFile(table, JSON.stringify(products));

  const connection = connectionString(redis.url);
  const settings = { REDIS: connection, INSTANCE_NAME: redis.instanceName, PRODUCTS: table };
  const nodeService = fileURLToPath(new URL('node-service.mjs', import.meta.url));
  const aspNet = new Service('ASP.NET Core', 'dotnet', [aspNetService, '--urls', 'http://127.0.0.1:0'], settings);
  const node = new Service('Node', process.execPath, [nodeService], settings);
  const entries = new RedisCache({ connection, instanceName: redis.instanceName });
  try {
    await Promise.all([aspNet.listens(), node.listens()]);
    if (process.argv.includes('--serve')) {
      printCurlLines(aspNet.base, node.base);
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    } else await tell(aspNet, node, (key) => stored(entries, key));
  } finally {
    await Promise.all([aspNet.close(), node.close()]);
    // A Redis that others use too is left as it was found. One that was started for this run goes with its data.
    if (process.env.REDIS_URL) await removeByPrefix(entries, '');
    await entries.close();
    await rm(folder, { recursive: true });
  }
}

async function stored(entries, key) {
  for (let tries = 0; tries < 1_000; tries++) {
    if ((await entries.get(key)) !== undefined) return;
    await sleep(5);
  }
  throw new Error(`${key} was not stored`);
}

/** What both services are configured with: a connection string of StackExchange.Redis. */
function connectionString(url) {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  return [
    `${hostname}:${port || 6379}`,
    'abortConnect=False',
    ...(['rediss:', 'valkeys:'].includes(protocol) ? ['ssl=True'] : []),
    ...(username ? [`user=${decodeURIComponent(username)}`] : []),
    ...(password ? [`password=${decodeURIComponent(password)}`] : []),
    ...(pathname.length > 1 ? [`defaultDatabase=${pathname.slice(1)}`] : []),
  ].join(',');
}
