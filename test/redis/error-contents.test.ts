import { inspect } from 'node:util';
import { BatchError } from 'distributed-cache';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';
import { expect, it } from 'vitest';
import { errorLines, startFakeServer } from './servers/fake-server.js';
import { kept } from './servers/kept.js';
import { freePort } from './servers/ports.js';
import { startProxy } from './servers/proxy.js';
import { startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { startAcl } from './servers/topologies.js';
import { range } from './through-proxy.js';
import { errorOf, rawClient, redisCache, text } from './tools.js';

const value = 'the-value-that-nobody-may-see';
const password = 'the-password-that-nobody-may-see';

/** Everything that a logger could find in an error, also what is not enumerable. */
function contentsOf(error: unknown): string {
  const parts = [inspect(error, { depth: null, showHidden: true, maxArrayLength: null, maxStringLength: null })];
  const seen = new Set<unknown>();
  const visit = (each: unknown): void => {
    if (typeof each === 'string') parts.push(each);
    if (each instanceof Uint8Array) parts.push(Buffer.from(each).toString());
    if (typeof each !== 'object' || each === null || seen.has(each)) return;
    seen.add(each);
    for (const key of Reflect.ownKeys(each)) visit((each as Record<PropertyKey, unknown>)[key]);
  };
  visit(error);
  return parts.join('\n');
}

describeWithRedis('what errors say', () => {
  const secret = [value, password, Buffer.from(value).toString('hex').slice(0, 30)];

  /** Asks for everything, and looks at the errors, and at those in the events. At least one call has to fail. */
  async function check(connection: Parameters<typeof redisCache>[0]['connection'], codes: readonly string[]) {
    const { cache, events } = redisCache({ connection, commandTimeout: 200 });
    const set = () => cache.set('k', text(value), { slidingExpiration: '1m' });
    const many = () => cache.batch.setMany(range(20).map((i) => ({ key: `k${i}`, value: text(value) })));
    const lease = async () => {
      const reply = await cache.leases?.getOrLease('leased', { duration: '1s' });
      if (reply?.kind === 'lease') await cache.leases?.commit('leased', reply.token, text(value));
    };
    const calls = [
      set,
      many,
      lease,
      () => cache.get('k'),
      () => cache.remove('k'),
      () => cache.refresh('k'),
      set,
      many,
    ];
    const errors: unknown[] = [];
    for (const call of calls) await call().catch((error: unknown) => errors.push(error));
    await Promise.all(calls.map((call) => call().catch((error: unknown) => errors.push(error))));
    const found = errors.flatMap((error) =>
      error instanceof BatchError ? error.failed.map((each) => each.error) : error,
    );
    expect([...new Set(found.map((error) => (error as { code: string }).code))].sort()).toEqual([...codes].sort());
    for (const error of [...errors, ...events]) {
      const contents = contentsOf(error);
      for (const each of secret) expect(contents).not.toContain(each);
    }
  }

  it('is no value where memory is short, by scripts and by plain commands', async () => {
    const users = ['default on nopass ~* &* +@all', `app on >${password} ~* &* +@all -@scripting`];
    const server = await kept(startAcl(users));
    await (await rawClient(server.port)).command('CONFIG', 'SET', 'maxmemory', 1);
    await check(server.url, ['ERR_BACKEND_OUT_OF_MEMORY']);
    await check(`redis://app:${password}@127.0.0.1:${server.port}`, ['ERR_BACKEND_OUT_OF_MEMORY']);
  });

  it('is no value where commands are refused or not known', async () => {
    const users = [
      'default off',
      `app on >${password} ~* &* +@all -hset`,
      `script on >${password} ~* &* +@all -@scripting -multi`,
    ];
    const server = await kept(startAcl(users));
    for (const user of ['app', 'script']) {
      await check(`redis://${user}:${password}@127.0.0.1:${server.port}`, ['ERR_BACKEND_FORBIDDEN']);
    }
    // Such a server repeats the beginning of the arguments.
    const unknown = ['EVAL', 'EVALSHA', 'HSET', 'MULTI'].flatMap((name) => ['--rename-command', name, '']);
    await check((await kept(startRedis({ args: unknown }))).url, ['ERR_BACKEND_FAILED']);
  });

  it('is no password where it is wrong', async () => {
    const server = await kept(startAcl(['default off', 'app on >another ~* &* +@all']));
    const login = { host: '127.0.0.1', port: server.port, username: 'app', password };
    const unauthorized = ['ERR_BACKEND_UNAUTHORIZED'];
    await check(`redis://app:${password}@127.0.0.1:${server.port}`, unauthorized);
    await check(`127.0.0.1:${server.port},user=app,password=${password}`, unauthorized);
    await check(login, unauthorized);
    await check(await kept(new Redis(login)), unauthorized);
    await check(await kept(new Redis5(login)), unauthorized);
    await check(await kept(new Redis({ ...login, protocol: 2 })), unauthorized);
    // A server of before ACLs.
    const line = "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'app' ";
    const old = await kept(startFakeServer({ kind: 'error', line: `${line}'${password}' ` }, { handshake: false }));
    await check(`redis://app:${password}@127.0.0.1:${old.port}`, ['ERR_BACKEND_FAILED']);
  });

  it('is neither where the server is away, silent, cut off or talks nonsense', async () => {
    const connect = (port: number) => `redis://app:${password}@127.0.0.1:${port}`;
    await check(connect(await freePort()), ['ERR_TIMEOUT']);
    for (const kind of ['silent', 'garbage', 'close'] as const) {
      const fake = await kept(startFakeServer({ kind }));
      const { cache } = redisCache({ connection: connect(fake.port), commandTimeout: 100 });
      const error = await errorOf(cache.set('k', text(value)));
      for (const each of secret) expect(contentsOf(error)).not.toContain(each);
    }
    const server = await kept(startRedis());
    const proxy = await kept(startProxy(server));
    const client = await kept(new Redis(proxy.url, { maxRetriesPerRequest: 0 }));
    client.on('error', () => {});
    for (const connection of [proxy.url, client]) {
      const { cache } = redisCache({ connection });
      await cache.set('k', text('v'));
      proxy.stall('replies');
      const failing = errorOf(cache.set('k', text(value)));
      await new Promise((resolve) => setImmediate(resolve));
      proxy.cut();
      proxy.resume();
      const error = await failing;
      expect(error).toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' });
      for (const each of secret) expect(contentsOf(error)).not.toContain(each);
    }
  });

  it('is neither, whatever the server answers', async () => {
    for (const [name, line] of Object.entries(errorLines)) {
      const fake = await kept(startFakeServer({ kind: 'error', line }));
      const { cache, events } = redisCache({
        connection: `redis://app:${password}@127.0.0.1:${fake.port}`,
        commandTimeout: 100,
      });
      const error = await errorOf(cache.set('k', text(value)));
      for (const each of [error, ...events]) {
        for (const one of secret) expect(contentsOf(each), name).not.toContain(one);
      }
    }
  });
});
