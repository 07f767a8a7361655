import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { kept } from '../redis/servers/kept.js';
import { freePort } from '../redis/servers/ports.js';
import { startRedis } from '../redis/servers/redis-server.js';
import { describeWithRedis } from '../redis/servers/requirement.js';

const run = promisify(execFile);
const node = (script: string, ...args: string[]) =>
  run(process.execPath, ['--input-type=module', '--eval', script, ...args], { timeout: 10_000 });

/** A process that says so when it is still alive after 600 ms, closes its cache then, and says how long it lives on. */
const script = (use: string) => `
  import { RedisCache } from 'distributed-cache/redis';
  const cache = new RedisCache({ connection: process.argv[1], commandTimeout: process.argv[2] ?? 5_000 });
  ${use}
  setTimeout(async () => {
    console.log('alive');
    await cache.close();
    const closed = performance.now();
    process.on('exit', () => console.log(performance.now() - closed < 500 ? 'gone' : 'lingered'));
  }, 600).unref();
`;

describeWithRedis('a process that uses the built package with Redis', () => {
  it('lives while its cache is open, and ends by itself when it is closed', async () => {
    const server = await kept(startRedis());
    for (const use of [
      'await cache.set("k", new Uint8Array(1), { slidingExpiration: "1h" });',
      'void cache.get("k");',
      'await cache.ready(); void cache.leases.getOrLease("k", { duration: "5m" });',
      'await cache.invalidations.listen({ keys() {}, all() {}, up() {}, down() {} }); await cache.ready();',
    ]) {
      const { stdout, stderr } = await node(script(use), server.url);
      expect([use, stdout, stderr]).toEqual([use, 'alive\ngone\n', '']);
    }
  });

  it('ends by itself also where there is no server', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const use = 'cache.get("k").catch((error) => console.log(error.code));';
    const { stdout, stderr } = await node(script(use), url, '200ms');
    expect([stdout, stderr]).toEqual(['ERR_TIMEOUT\nalive\ngone\n', '']);
  });

  it('ends by itself where the cache was never used', async () => {
    const { stdout } = await node(script(''), `redis://127.0.0.1:${await freePort()}`);
    expect(stdout).toBe('');
  });
});
