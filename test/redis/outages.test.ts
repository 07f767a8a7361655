import { connect, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { doorOf } from '../../src/core/door.js';
import { startFakeServer } from './servers/fake-server.js';
import { kept } from './servers/kept.js';
import { freePort, listen } from './servers/ports.js';
import { startProxy } from './servers/proxy.js';
import { type RedisServer, startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { soon, until } from './servers/waiting.js';
import { outcomeOf, range, throughProxy } from './through-proxy.js';
import { redisCache, text, textOf } from './tools.js';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const works = (cache: { get(key: string): Promise<unknown> }) =>
  until(
    () =>
      cache.get('k').then(
        () => true,
        () => false,
      ),
    'the cache works',
    { every: 10 },
  );

/** Whether the promises have settled, and how, without waiting for them. */
function watched(promises: readonly Promise<unknown>[]) {
  const outcomes: unknown[] = [];
  const times: number[] = [];
  const begun = performance.now();
  for (const promise of promises) {
    void outcomeOf(promise).then((outcome) => {
      outcomes.push(outcome);
      times.push(performance.now() - begun);
    });
  }
  return { outcomes, times };
}

/** Passes on what comes, but for its first connection once that is muted: nothing more is heard of it, not even its end. */
async function startRelay({ port: target }: RedisServer) {
  let connections = 0;
  let isMute = false;
  const relay = createServer({ allowHalfOpen: true }, (client) => {
    const isFirst = connections++ === 0;
    const upstream = connect(target);
    client.on('data', (chunk) => (isFirst && isMute ? undefined : upstream.write(chunk)));
    client.on('end', () => (isFirst && isMute ? undefined : client.end()));
    upstream.on('data', (chunk) => client.write(chunk));
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.on('close', () => upstream.destroy());
  });
  const port = await listen(relay);
  await kept(relay);
  return {
    port,
    muteFirst: () => {
      isMute = true;
    },
  };
}

describeWithRedis('a connection that breaks', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  it('in the middle of a reply settles every call at once, and holds no place for the lost ones', async () => {
    const { cache, proxy } = await throughProxy(server, { maxPending: 12, commandTimeout: 5_000 });
    const large = new Uint8Array(300_000).fill(7);
    await cache.set('k', large);
    for (const bytes of [0, 1, 10, 299_990, 700_000, 1_000_001]) {
      const begun = performance.now();
      const cut = proxy.cutAfterReplyBytes(bytes);
      const asked = range(8).map(() => outcomeOf(cache.get('k')));
      const reads = (await Promise.all(asked)).map((value) =>
        value instanceof Uint8Array && Buffer.compare(value, large) === 0 ? 'the value' : value,
      );
      const whole = Math.floor(bytes / 300_000);
      expect(reads).toEqual(range(8).map((i) => (i < whole ? 'the value' : 'ERR_BACKEND_UNAVAILABLE')));
      const writes = await Promise.all(range(4).map((i) => outcomeOf(cache.set(`w${i}`, text('v')))));
      expect(writes).toEqual(range(4).map(() => undefined));
      await cut;
      expect(performance.now() - begun).toBeLessThan(3_000);
      await works(cache);
    }
  });

  it('is no failure for what a client sends again by itself', async () => {
    const proxy = await kept(startProxy(server));
    const connection = await kept(new Redis(proxy.url));
    connection.on('error', () => {});
    const { cache } = redisCache({ connection });
    await cache.set('k', text('v'));
    proxy.stall('replies');
    const calls = [cache.get('k').then(textOf), cache.set('other', text('w')), cache.get('other').then(textOf)];
    await nextTurn();
    proxy.cut();
    proxy.resume();
    expect(await Promise.all(calls)).toEqual(['v', undefined, 'w']);
  });
});

describeWithRedis('a server that says nothing', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  it('while it is used ends calls at their deadline, and its connection, which is ours', async () => {
    const { cache, proxy } = await throughProxy(server, { commandTimeout: 200, maxPending: 10 });
    await cache.set('k', text('v'));
    const warnings: string[] = [];
    const warn = (warning: Error) => void warnings.push(warning.message);
    process.on('warning', warn);
    proxy.stall('both');
    const { outcomes, times } = watched(range(10).map((i) => cache.get(`k${i}`)));
    expect(await outcomeOf(cache.get('k'))).toBe('ERR_BACKEND_BUSY');
    await until(() => outcomes.length === 10, 'all are settled');
    expect(outcomes).toEqual(range(10).map(() => 'ERR_TIMEOUT'));
    expect(Math.max(...times)).toBeLessThan(500);
    // More than a client wants listeners for one end of a connection.
    for (let round = 0; round < 15; round++) void outcomeOf(cache.get('k'));
    await until(() => doorOf(cache)?.state?.() === 'down', 'the connection is given up');
    proxy.resume('both');
    await works(cache);
    expect(textOf(await cache.get('k'))).toBe('v');
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });

  it('on one connection only is connected to anew, without waiting for an end of the old one', async () => {
    const relay = await startRelay(server);
    const { cache } = redisCache({ connection: `redis://127.0.0.1:${relay.port}`, commandTimeout: 150 });
    await cache.set('k', text('v'));
    relay.muteFirst();
    expect(await outcomeOf(cache.get('k'))).toBe('ERR_TIMEOUT');
    const begun = performance.now();
    await works(cache);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it("does not cost a client that was handed in its connection, and late answers are nobody's", async () => {
    const proxy = await kept(startProxy(server));
    const connection = await kept(new Redis(proxy.url));
    const { cache } = redisCache({ connection, commandTimeout: 150 });
    await cache.set('k', text('v'));
    proxy.stall('replies');
    expect(await outcomeOf(cache.get('k'))).toBe('ERR_TIMEOUT');
    expect(await outcomeOf(cache.remove('k'))).toBe('ERR_TIMEOUT');
    proxy.resume();
    await works(cache);
    await cache.set('k', text('w'));
    expect(textOf(await cache.get('k'))).toBe('w');
    expect(proxy.stats.connections).toBe(1);
  });

  it.each([
    ['to the handshake', false],
    ['to the first question', true],
  ])('from the start, %s, is connected to anew after connectTimeout', async (_, handshake) => {
    const fake = await kept(startFakeServer({ kind: 'silent' }, { handshake, target: server }));
    const { cache } = redisCache({ connection: fake.url, commandTimeout: 100, connectTimeout: 250 });
    for (const call of [cache.get('k'), cache.set('k', text('v'))]) expect(await outcomeOf(call)).toBe('ERR_TIMEOUT');
    expect(fake.connections).toBe(1);
    // A connection that had nothing answered stays mute.
    fake.behave({ kind: 'answer' });
    await works(cache);
    expect(fake.connections).toBe(2);
  });

  it('but nonsense fails calls by their deadline, and is used once it speaks Redis', async () => {
    for (const handshake of [true, false]) {
      const fake = await kept(startFakeServer({ kind: 'garbage' }, { handshake, target: server }));
      const { cache } = redisCache({ connection: fake.url, commandTimeout: 150 });
      for (const call of [cache.get('k'), cache.set('k', text('v')), cache.remove('k')]) {
        expect(['ERR_TIMEOUT', 'ERR_BACKEND_UNAVAILABLE']).toContain(await outcomeOf(call));
      }
      fake.behave({ kind: 'answer' });
      await works(cache);
      fake.behave({ kind: 'garbage' });
      for (const call of [cache.get('k'), cache.set('k', text('v'))]) {
        expect(['ERR_TIMEOUT', 'ERR_BACKEND_UNAVAILABLE']).toContain(await outcomeOf(call));
      }
      fake.behave({ kind: 'answer' });
      await works(cache);
    }
  });

  it('because it is frozen is used again when it goes on', async () => {
    const frozen = await kept(startRedis());
    const { cache } = redisCache({ connection: frozen.url, commandTimeout: 200 });
    const connection = await kept(new Redis(frozen.url));
    const { cache: other } = redisCache({ connection, commandTimeout: 200 });
    for (const each of [cache, other]) await each.set('k', text('v'));
    await frozen.freeze();
    for (const each of [cache, other]) {
      const begun = performance.now();
      const calls = range(20).flatMap((i) => [each.get(`k${i}`), each.set(`k${i}`, text('v'))]);
      const outcomes = await Promise.all(calls.map(outcomeOf));
      expect(new Set(outcomes)).toEqual(new Set(['ERR_TIMEOUT']));
      expect(performance.now() - begun).toBeLessThan(500);
      expect(await outcomeOf(each.get('k'))).toBe('ERR_TIMEOUT');
    }
    frozen.thaw();
    for (const each of [cache, other]) {
      await works(each);
      expect(textOf(await each.get('k'))).toBe('v');
    }
  });
});

describeWithRedis('a server that is away', () => {
  it('at the start throws nothing: first calls fail, ready() ends after connectTimeout, later calls work', async () => {
    const port = await freePort();
    const { cache } = redisCache({ connection: `redis://127.0.0.1:${port}`, commandTimeout: 150, connectTimeout: 250 });
    const begun = performance.now();
    const ready = cache.ready();
    for (const call of [cache.get('k'), cache.set('k', text('v')), cache.remove('k'), cache.refresh('k')]) {
      expect(['ERR_TIMEOUT', 'ERR_BACKEND_UNAVAILABLE']).toContain(await outcomeOf(call));
    }
    expect(await ready).toBeUndefined();
    expect(performance.now() - begun).toBeGreaterThan(200);
    expect(performance.now() - begun).toBeLessThan(1_000);
    const again = cache.ready();
    const server = await kept(startRedis({ port }));
    expect(await again).toBeUndefined();
    await works(cache);
    await cache.set('k', text('v'));
    expect(textOf(await cache.get('k'))).toBe('v');
    expect(await soon(cache.ready())).toBeUndefined();
    await server.kill();
  });

  it('lets ready() resolve as soon as it is there', async () => {
    const port = await freePort();
    const { cache } = redisCache({ connection: `redis://127.0.0.1:${port}`, connectTimeout: 10_000 });
    const ready = cache.ready();
    expect(await soon(ready)).toBe('pending');
    await kept(startRedis({ port }));
    expect(await ready).toBeUndefined();
    expect(doorOf(cache)?.state?.()).toBe('up');
  });

  it('is killed and started again under load: every call settles by its deadline, and then all works', async () => {
    const server = await kept(startRedis());
    const connection = await kept(new Redis(server.url, { retryStrategy: () => 20 }));
    connection.on('error', () => {});
    const caches = [server.url, connection].map((each) => redisCache({ connection: each, commandTimeout: 400 }).cache);
    let isOver = false;
    const slow: number[] = [];
    const codes = new Set<unknown>();
    let successes = 0;
    const caller = async (id: number) => {
      for (let i = 0; !isOver; i++) {
        const cache = caches[i % 2] as (typeof caches)[number];
        const begun = performance.now();
        const call =
          i % 3 === 0 ? cache.set(`k${id}`, text(`${i}`)) : i % 7 === 0 ? cache.remove(`k${id}`) : cache.get(`k${id}`);
        await call.then(
          () => successes++,
          (error: { code: string }) => codes.add(error.code),
        );
        const took = performance.now() - begun;
        if (took > 900) slow.push(took);
      }
    };
    const callers = range(64).map(caller);
    for (let round = 0; round < 3; round++) {
      await until(() => successes > 500, 'calls succeed');
      await server.kill();
      await new Promise((resolve) => setTimeout(resolve, 30));
      await server.restart();
      successes = 0;
    }
    await until(() => successes > 500, 'calls succeed again');
    isOver = true;
    await Promise.all(callers);
    expect(slow).toEqual([]);
    for (const code of codes) expect(['ERR_TIMEOUT', 'ERR_BACKEND_UNAVAILABLE', 'ERR_BACKEND_LOADING']).toContain(code);
    for (const cache of caches) {
      await works(cache);
      await cache.set('k', text('v'));
      expect(textOf(await cache.get('k'))).toBe('v');
    }
  });
});
