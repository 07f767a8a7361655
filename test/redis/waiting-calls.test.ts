import type { BatchError } from 'distributed-cache';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { doorOf } from '../../src/core/door.js';
import { kept } from './servers/kept.js';
import { freePort } from './servers/ports.js';
import { type RedisServer, startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { soon, until } from './servers/waiting.js';
import { outcomeOf, range, throughProxy } from './through-proxy.js';
import { errorOf, redisCache, text, textOf } from './tools.js';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** A cache whose server is not there. */
async function away(options: Partial<Parameters<typeof redisCache>[0]> = {}) {
  const port = await freePort();
  const made = redisCache({ commandTimeout: 400, ...options, connection: `redis://127.0.0.1:${port}` });
  return { ...made, port };
}

describeWithRedis('calls that wait for a connection', () => {
  it('by the ten thousand end at their deadline, each once, and there are never more than maxPending', async () => {
    const { cache } = await away({ maxPending: 10_000, commandTimeout: 1_500 });
    const ended = new Map<number, unknown>();
    const times: number[] = [];
    const begun = performance.now();
    for (const i of range(10_000)) {
      const call = i % 2 ? cache.set(`k${i}`, text('v')) : cache.get(`k${i}`);
      void outcomeOf(call).then((outcome) => {
        expect(ended.has(i)).toBe(false);
        ended.set(i, outcome);
        times.push(performance.now() - begun);
      });
      if (i % 100 === 0) await nextTurn();
    }
    expect(performance.now() - begun).toBeLessThan(1_300);
    for (const more of [cache.get('more'), cache.set('more', text('v')), cache.remove('more'), cache.refresh('more')]) {
      expect(await soon(outcomeOf(more))).toBe('ERR_BACKEND_BUSY');
    }
    expect(ended.size).toBe(0);
    await until(() => ended.size === 10_000, 'all have ended');
    expect(new Set(ended.values())).toEqual(new Set(['ERR_TIMEOUT']));
    // What was asked for last had the whole time of its own.
    expect(Math.max(...times)).toBeLessThan(1_300 + 1_500 + 300);
    // And then there is room again.
    expect(await soon(outcomeOf(cache.get('k')))).toBe('pending');
  });

  it('are all carried out, in their order, where the server comes in time', async () => {
    const { cache, port } = await away({ commandTimeout: 8_000 });
    const model = new Map<string, string>();
    const checks: Promise<unknown>[] = [];
    for (const i of range(10_000)) {
      const key = `k${(i * 7) % 101}`;
      if (i % 5 < 2) {
        model.set(key, `${i}`);
        checks.push(outcomeOf(cache.set(key, text(`${i}`))).then((outcome) => expect(outcome).toBeUndefined()));
      } else if (i % 97 === 0) {
        model.delete(key);
        checks.push(outcomeOf(cache.remove(key)).then((outcome) => expect(outcome).toBeUndefined()));
      } else {
        const expected = model.get(key);
        checks.push(cache.get(key).then((value) => expect([i, textOf(value)]).toEqual([i, expected])));
      }
      if (i % 50 === 0) await nextTurn();
    }
    expect(doorOf(cache)?.state?.()).toBe('down');
    const server = await kept(startRedis({ port }));
    await Promise.all(checks);
    for (const [key, value] of model) expect(textOf(await cache.get(key))).toBe(value);
    await server.kill();
  });

  it('hold at most 64 MiB of values', async () => {
    const { cache } = await away({ commandTimeout: 2_000 });
    const value = new Uint8Array(1024 * 1024);
    const outcomes: unknown[] = [];
    const giveUp = new AbortController();
    const set = async (i: number, signal?: AbortSignal) => {
      void outcomeOf(cache.set(`k${i}`, value, { signal })).then((outcome) => outcomes.push(outcome));
      await nextTurn();
    };
    for (const i of range(64)) await set(i, i === 5 ? giveUp.signal : undefined);
    expect(outcomes).toEqual([]);
    await set(64);
    expect(outcomes).toEqual(['ERR_BACKEND_BUSY']);
    const { message } = await errorOf(cache.set('k', value));
    expect(message).toContain('64 MiB');
    // Calls without a value still find room, and so does another when one was given up.
    expect(await soon(outcomeOf(cache.get('k')))).toBe('pending');
    giveUp.abort('enough');
    await set(65);
    await set(66);
    expect(outcomes.filter((outcome) => outcome === 'ERR_BACKEND_BUSY')).toHaveLength(2);
    await until(() => outcomes.length === 67, 'all have ended');
    await set(67);
    expect(outcomes).toHaveLength(67);
  });

  it('count for a batch too, whose error names what found no room', async () => {
    const { cache } = await away({ maxPending: 10 });
    const entries = range(12).map((i) => ({ key: `k${i}`, value: text('v') }));
    const error = (await cache.batch.setMany(entries).catch((reason: unknown) => reason)) as BatchError;
    const codes = error.failed.map((each) => (each.error as { code: string }).code);
    expect(codes).toEqual([...range(10).map(() => 'ERR_TIMEOUT'), 'ERR_BACKEND_BUSY', 'ERR_BACKEND_BUSY']);
    expect(await outcomeOf(cache.batch.getMany(range(11).map(String)))).toBe('ERR_BACKEND_BUSY');
  });
});

describeWithRedis('a call that is aborted', () => {
  let server: RedisServer;
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);

  beforeAll(async () => {
    process.on('unhandledRejection', note);
    server = await startRedis();
  });
  afterAll(async () => {
    process.off('unhandledRejection', note);
    await server.stop();
    expect(unhandled).toEqual([]);
  });

  type Cache = ReturnType<typeof redisCache>['cache'];
  const calls: [string, (cache: Cache, key: string, signal: AbortSignal) => Promise<unknown>][] = [
    ['get', (cache, key, signal) => cache.get(key, { signal })],
    ['set', (cache, key, signal) => cache.set(key, text('v'), { signal })],
    ['refresh', (cache, key, signal) => cache.refresh(key, { signal })],
    ['remove', (cache, key, signal) => cache.remove(key, { signal })],
    ['getMany', (cache, key, signal) => cache.batch.getMany([key, `${key}2`], { signal })],
    ['setMany', (cache, key, signal) => cache.batch.setMany([{ key, value: text('v') }], { signal })],
    ['removeMany', (cache, key, signal) => cache.batch.removeMany([key], { signal })],
    ['removeByPrefix', (cache, key, signal) => cache.prefixes.removeByPrefix(key, { signal })],
  ];

  it.each(calls)('while it waits ends at once, and is never sent: %s', async (_, call) => {
    const { cache, proxy, sent } = await throughProxy(server);
    proxy.refuse();
    const aborting = new AbortController();
    const reason = new Error('enough');
    const aborted = call(cache, 'aborted', aborting.signal).catch((error: unknown) => error);
    const others = [cache.set('kept', text('v')), cache.get('kept')];
    await nextTurn();
    // In the tick of others, in a tick of its own, and in the one that goes on.
    const again = call(cache, 'alone', aborting.signal).catch((error: unknown) => error);
    await nextTurn();
    const same = call(cache, 'same', aborting.signal).catch((error: unknown) => error);
    aborting.abort(reason);
    for (const each of [aborted, again, same]) expect(await soon(each)).toBe(reason);
    await proxy.accept();
    expect(textOf((await Promise.all(others))[1] as Uint8Array)).toBe('v');
    await cache.get('kept');
    expect(new Set(sent().flatMap(({ keys }) => keys))).toEqual(new Set(['kept']));
    expect(proxy.countOf('scan')).toBe(0);
  });

  it.each(calls)('in flight ends at once, once, whatever comes of it: %s', async (_, call) => {
    for (const end of ['resume', 'cut'] as const) {
      const { cache, proxy } = await throughProxy(server, { maxPending: 40 });
      await cache.ready();
      proxy.stall('replies');
      const aborting = new AbortController();
      const reason = { not: 'an error' };
      const aborted = call(cache, 'k', aborting.signal).catch((error: unknown) => error);
      const other = outcomeOf(cache.get('other'));
      await nextTurn();
      expect(await soon(aborted)).toBe('pending');
      aborting.abort(reason);
      expect(await soon(aborted)).toBe(reason);
      proxy[end]();
      expect(await other).toBe(end === 'cut' ? 'ERR_BACKEND_UNAVAILABLE' : undefined);
      proxy.resume();
      await until(
        () =>
          cache.get('k').then(
            () => true,
            () => false,
          ),
        'the cache works',
      );
    }
  });

  it('before it began rejects without a word to anybody', async () => {
    const { cache, proxy } = await throughProxy(server);
    const reason = new Error('already');
    for (const [name, call] of calls) {
      expect(await call(cache, 'k', AbortSignal.abort(reason)).catch((error: unknown) => error), name).toBe(reason);
    }
    expect(proxy.stats.connections).toBe(0);
  });

  it('leaves its place to others: in its tick, while it waits, and in flight', async () => {
    const { cache, proxy } = await throughProxy(server, { maxPending: 4 });
    const abort = async (alone: boolean, wait: () => Promise<unknown>) => {
      const aborting = new AbortController();
      const { signal } = aborting;
      const given = [cache.get('k', { signal }), cache.remove('k', { signal })].map(outcomeOf);
      const other = alone ? undefined : outcomeOf(cache.get('other'));
      await wait();
      aborting.abort({ code: 'ABORTED' });
      expect(await Promise.all(given)).toEqual(['ABORTED', 'ABORTED']);
      return other;
    };
    proxy.refuse();
    for (const round of range(12)) await abort(true, round % 2 ? nextTurn : async () => {});
    await proxy.accept();
    await cache.ready();
    for (const round of range(24)) {
      expect(await abort(round % 2 === 0, round % 4 < 2 ? nextTurn : async () => {})).toBeUndefined();
      // Answers come in order: what was in flight has its own by then.
      await cache.get('other');
    }
    await Promise.all(range(4).map((i) => cache.get(`k${i}`)));
  });

  it('leaves nothing behind on a signal that lives on', async () => {
    const client = await kept(new Redis(server.url));
    const { cache } = redisCache({ connection: client });
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    for (let round = 0; round < 20; round++) await Promise.all(range(20).map((i) => cache.get(`k${i}`, { signal })));
    expect(listeners).toBeLessThanOrEqual(1);
  });
});
