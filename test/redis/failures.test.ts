import { BackendError, BatchError, type CacheEvent } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorLines, type FakeServer, startFakeServer } from './servers/fake-server.js';
import { kept } from './servers/kept.js';
import { freePort } from './servers/ports.js';
import { type RedisServer, startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { startAcl } from './servers/topologies.js';
import { until } from './servers/waiting.js';
import { outcomeOf, range } from './through-proxy.js';
import { errorOf, rawClient, redisCache, text, textOf } from './tools.js';

const codeOf = async (promise: Promise<unknown>) => (await errorOf(promise)).code;

describeWithRedis('a server without memory', () => {
  it.each([
    ['scripts', '+@all'],
    ['plain commands', '+@all -@scripting'],
  ])('refuses sets, keeps what was there, and goes on reading: by %s', async (_, commands) => {
    const server = await kept(startAcl(['default on nopass ~* &* +@all', `app on >s3cret ~* &* ${commands}`]));
    const raw = await rawClient(server.port);
    const { cache, prefix } = redisCache({ connection: `redis://app:s3cret@127.0.0.1:${server.port}` });
    const keys = range(20).map((i) => `k${i}`);
    await cache.batch.setMany(
      keys.map((key) => ({ key, value: text(`old ${key}`), options: { slidingExpiration: '1m' } })),
    );
    await raw.command('CONFIG', 'SET', 'maxmemory', 1);
    const error = await errorOf(cache.set('k1', text('new'), { relativeExpiration: '1h' }));
    expect(error).toBeInstanceOf(BackendError);
    expect(error.code).toBe('ERR_BACKEND_OUT_OF_MEMORY');
    expect((error.cause as Error).message).toMatch(/^OOM /);
    const codes = await Promise.all(keys.map((key) => codeOf(cache.set(key, text('new')))));
    expect(new Set(codes)).toEqual(new Set(['ERR_BACKEND_OUT_OF_MEMORY']));
    const batch = await errorOf(cache.batch.setMany(keys.map((key) => ({ key, value: text('new') }))));
    expect(batch).toBeInstanceOf(BatchError);
    expect((batch as BatchError).failed.map(({ key }) => key)).toEqual(keys);
    expect(await codeOf(cache.set('absent', text('new')))).toBe('ERR_BACKEND_OUT_OF_MEMORY');
    expect((await Promise.all(keys.map((key) => cache.get(key)))).map(textOf)).toEqual(keys.map((key) => `old ${key}`));
    expect(textOf(await cache.get('k1'))).toBe('old k1');
    await cache.refresh('k1');
    const left = (await raw.command('PTTL', `${prefix}k1`)) as number;
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(60_000);
    await cache.remove('k1');
    expect(await cache.get('k1')).toBeUndefined();
    await raw.command('CONFIG', 'SET', 'maxmemory', 0);
    await cache.set('k1', text('new'));
    expect(textOf(await cache.get('k1'))).toBe('new');
  });
});

describeWithRedis('a read-only replica', () => {
  let primary: RedisServer;
  let replica: RedisServer;

  beforeAll(async () => {
    primary = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
    replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(primary.port)] });
  });
  afterAll(async () => {
    await replica.stop();
    await primary.stop();
  });

  it.each([
    ['a client that was handed in', (url: string) => new Redis(url)],
    ['a connection of our own', (url: string) => url],
  ])('refuses to write, and is read from, sliding entries too: %s', async (_, connect) => {
    const { cache: writer, prefix } = redisCache({ connection: primary.url });
    const keys = range(40).map((i) => `k${i}`);
    await writer.batch.setMany(keys.map((key) => ({ key, value: text(key), options: { slidingExpiration: '1m' } })));
    const connection = connect(replica.url);
    if (typeof connection !== 'string') await kept(connection);
    const { cache, events } = redisCache({ connection, instanceName: prefix });
    await until(async () => (await outcomeOf(cache.get('k39').then(textOf))) === 'k39', 'all is replicated');
    // What tries to restart a window may cost a connection of ours, once; then it is known.
    await until(() => events.some(({ type }) => type === 'backendFailed'), 'a touch is refused');
    await until(async () => (await outcomeOf(cache.get('k0').then(textOf))) === 'k0', 'it is connected to');
    expect((await Promise.all(keys.map((key) => cache.get(key)))).map(textOf)).toEqual(keys);
    for (const key of keys.slice(0, 5)) expect(textOf(await cache.get(key))).toBe(key);
    for (const event of events) {
      if (event.type === 'backendFailed')
        expect(event).toMatchObject({ operation: 'touch', error: { code: 'ERR_BACKEND_READ_ONLY' } });
    }
    const set = await errorOf(cache.set('k1', text('new')));
    expect(set).toMatchObject({
      code: 'ERR_BACKEND_READ_ONLY',
      cause: { message: expect.stringMatching(/^READONLY/) },
    });
    const settled = (run: () => Promise<unknown>) =>
      until(async () => {
        const code = await codeOf(run());
        return code !== 'ERR_BACKEND_UNAVAILABLE' && code;
      }, 'an answer of the replica');
    expect(await settled(() => cache.remove('k1'))).toBe('ERR_BACKEND_READ_ONLY');
    expect(await settled(() => cache.leases?.getOrLease('absent', { duration: '1s' }) as Promise<unknown>)).toBe(
      'ERR_BACKEND_READ_ONLY',
    );
    expect(textOf(await writer.get('k1'))).toBe('k1');
  });
});

describeWithRedis('a server that is not ready', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  it.each([
    ['loading', 'ERR_BACKEND_LOADING'],
    ['masterdown', 'ERR_BACKEND_LOADING'],
    ['noauth', 'ERR_BACKEND_UNAUTHORIZED'],
    ['oom', 'ERR_BACKEND_OUT_OF_MEMORY'],
    ['readonly', 'ERR_BACKEND_READ_ONLY'],
  ] as const)(
    'fails calls at once with what it says, from the first on, until it is ready: %s',
    async (state, code) => {
      const fake: FakeServer = await kept(
        startFakeServer({ kind: 'error', line: errorLines[state] }, { target: server }),
      );
      const { cache } = redisCache({ connection: fake.url, commandTimeout: 4_000 });
      const begun = performance.now();
      const calls = [cache.get('k'), cache.set('k', text('v')), cache.remove('k'), cache.refresh('k')];
      for (const call of calls) {
        const error = await errorOf(call);
        expect(error).toMatchObject({ code, cause: { message: errorLines[state] } });
      }
      expect(await codeOf(cache.get('k'))).toBe(code);
      expect(performance.now() - begun).toBeLessThan(2_000);
      fake.behave({ kind: 'answer' });
      await until(async () => (await outcomeOf(cache.set('k', text('v')))) === undefined, 'it is used', { every: 20 });
      expect(textOf(await cache.get('k'))).toBe('v');
      fake.behave({ kind: 'error', line: errorLines[state] });
      expect(await codeOf(cache.set('k', text('v')))).toBe(code);
      expect(await Promise.all(range(20).map((i) => codeOf(cache.get(`k${i}`))))).toEqual(range(20).map(() => code));
    },
  );
});

describeWithRedis('a server that does not let us in', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startAcl(['default off', 'app on >right-password ~* &* +@all']);
  });
  afterAll(() => server.stop());

  const wrong = [
    ['a wrong password', { username: 'app', password: 'not-this-one' }],
    ['an unknown user', { username: 'nobody', password: 'right-password' }],
    ['no password', {}],
  ] as const;
  const at = () => ({ host: '127.0.0.1', port: server.port });
  const clients = [
    ['a connection of our own', () => undefined],
    ['a client of ioredis 6', (login: object) => new Redis({ ...at(), ...login })],
    ['a client of ioredis 6 that speaks RESP2', (login: object) => new Redis({ ...at(), ...login, protocol: 2 })],
    ['a client of ioredis 5', (login: object) => new Redis5({ ...at(), ...login })],
    ['a client that asks no questions', (login: object) => new Redis({ ...at(), ...login, enableReadyCheck: false })],
  ] as const;

  describe.each(clients)('%s', (_, make) => {
    it.each(wrong)('fails at once for %s, and says so', async (_what, login) => {
      const client = make(login);
      if (client) await kept(client);
      // More options of ioredis, or the URL of somebody who has neither.
      const { cache } = redisCache({ connection: client ?? { ...at(), ...login }, commandTimeout: 10_000 });
      const begun = performance.now();
      for (const call of [cache.get('k'), cache.set('k', text('v')), cache.remove('k')]) {
        const error = await errorOf(call);
        expect(error).toMatchObject({ name: 'BackendError', code: 'ERR_BACKEND_UNAUTHORIZED' });
        expect((error.cause as Error).message).toMatch(/WRONGPASS|NOAUTH/);
      }
      expect(await codeOf(cache.get('k'))).toBe('ERR_BACKEND_UNAUTHORIZED');
      expect(performance.now() - begun).toBeLessThan(2_000);
    });
  });

  it('is used once the password is right', async () => {
    const other = await kept(startAcl(['default on nopass ~* &* +@all', 'app on >first ~* &* +@all']));
    const { cache } = redisCache({ connection: `redis://app:second@127.0.0.1:${other.port}` });
    expect(await codeOf(cache.get('k'))).toBe('ERR_BACKEND_UNAUTHORIZED');
    await (await rawClient(other.port)).command('ACL', 'SETUSER', 'app', '>second');
    await until(async () => (await outcomeOf(cache.set('k', text('v')))) === undefined, 'it is let in');
  });

  it('says so for the commands that it does not allow', async () => {
    const rules = ['no-read ~* +@all -hmget', 'no-write ~* +@all -hset', 'no-removal ~* +@all -unlink', 'nothing ~*'];
    const users = rules.map((rule) => rule.replace(' ', ' on >s3cret &* '));
    const strict = await kept(startAcl(['default off', ...users]));
    const cacheOf = (user: string) =>
      redisCache({ connection: `redis://${user}:s3cret@127.0.0.1:${strict.port}` }).cache;
    const forbidden = 'ERR_BACKEND_FORBIDDEN';
    const reader = cacheOf('no-read');
    expect(await codeOf(reader.get('k'))).toBe(forbidden);
    expect(await Promise.all(range(20).map((i) => codeOf(reader.get(`k${i}`))))).toEqual(
      range(20).map(() => forbidden),
    );
    const writer = cacheOf('no-write');
    const error = await errorOf(writer.set('k', text('v')));
    expect(error).toMatchObject({
      code: forbidden,
      cause: { message: expect.stringMatching(/NOPERM|can't run this command|ACL failure/) },
    });
    expect(await Promise.all(range(20).map((i) => codeOf(writer.set(`k${i}`, text('v')))))).toEqual(
      range(20).map(() => forbidden),
    );
    expect(await writer.get('k')).toBeUndefined();
    expect(await codeOf(cacheOf('no-removal').remove('k'))).toBe(forbidden);
    const begun = performance.now();
    expect(await codeOf(cacheOf('nothing').get('k'))).toBe(forbidden);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describeWithRedis('what Redis could not take', () => {
  it('is refused before anything is sent', async () => {
    const port = await freePort();
    const events: CacheEvent[] = [];
    // Nobody is there to be asked.
    const cache = new RedisCache({
      connection: `redis://127.0.0.1:${port}`,
      onEvent: (event) => void events.push(event),
    });
    const large = new Uint8Array(512 * 1024 * 1024 + 1);
    const invalidValue = { name: 'RangeError', code: 'ERR_INVALID_VALUE' };
    expect(await errorOf(cache.set('k', large))).toMatchObject(invalidValue);
    const entries = [
      { key: 'a', value: text('v') },
      { key: 'b', value: large },
    ];
    expect(await errorOf(cache.batch.setMany(entries))).toMatchObject(invalidValue);
    expect(await errorOf(cache.leases?.commit('k', 'token', large) as Promise<boolean>)).toMatchObject(invalidValue);
    const invalidExpiration = { name: 'RangeError', code: 'ERR_INVALID_EXPIRATION' };
    for (const options of [
      { absoluteExpiration: new Date(Date.UTC(10_000, 0, 1)) },
      { relativeExpiration: '2920000d' },
      { slidingExpiration: 922_337_203_685_478 },
    ] as const) {
      expect(await errorOf(cache.set('k', text('v'), options))).toMatchObject(invalidExpiration);
      expect(await errorOf(cache.batch.setMany([{ key: 'k', value: text('v'), options }]))).toMatchObject(
        invalidExpiration,
      );
    }
    expect(events).toEqual([]);
    await cache.close();
  });

  it('does not begin before what it does take', async () => {
    const server = await kept(startRedis());
    const { cache, prefix } = redisCache({ connection: server.url });
    const raw = await rawClient(server.port);
    for (const options of [
      { absoluteExpiration: new Date(Date.UTC(10_000, 0, 1) - 1) },
      { relativeExpiration: '2900000d' },
      { slidingExpiration: 922_337_203_685_477 },
      { slidingExpiration: 922_337_203_685_477, absoluteExpiration: new Date(Date.UTC(10_000, 0, 1) - 1) },
    ] as const) {
      await cache.set('k', text('v'), options);
      const ttl = (await raw.command('PTTL', `${prefix}k`)) as number;
      expect(ttl).toBeGreaterThan(200 * 365 * 86_400_000);
      await Promise.all(range(20).map(() => cache.get('k')));
      expect(textOf(await cache.get('k'))).toBe('v');
      expect(await raw.command('PTTL', `${prefix}k`)).toBeGreaterThan(200 * 365 * 86_400_000);
    }
  });
});
