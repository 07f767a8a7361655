import { RedisCache } from 'distributed-cache/redis';
import { FakeClock } from 'distributed-cache/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doorOf } from '../../src/core/door.js';
import { kept } from './servers/kept.js';
import { type RedisServer, startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { range, throughProxy } from './through-proxy.js';
import { errorOf, rawClient, redisCache, text, textOf } from './tools.js';

describeWithRedis('what is asked for in one tick', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  /** A cache that is connected, and whose commands from now on are recorded. */
  async function connected(options: Parameters<typeof throughProxy>[1] = {}) {
    const made = await throughProxy(server, options);
    await made.cache.ready();
    made.proxy.forgetCommands();
    return made;
  }

  /** A cache over a client that tells which commands for its keys it was handed, and how many keys each has. */
  async function handing() {
    const client = await kept(new Redis(server.url));
    const { cache, prefix } = redisCache({ connection: client });
    await cache.ready();
    const handed: { name: string; keys: number }[] = [];
    const send = client.sendCommand.bind(client);
    client.sendCommand = (command, ...rest) => {
      const keys = command.args.filter((arg) => String(arg).startsWith(prefix)).length;
      if (keys > 0) handed.push({ name: command.name, keys });
      return send(command, ...rest);
    };
    return { cache, handed };
  }

  describe('alone', () => {
    it('is one HMGET, one script call, one UNLINK, and never waits for a timer', async () => {
      const { cache, sent } = await connected({ clock: new FakeClock() });
      await cache.set('k', text('v'));
      expect(textOf(await cache.get('k'))).toBe('v');
      await cache.refresh('k');
      await cache.remove('k');
      expect(sent()).toEqual(['EVALSHA', 'HMGET', 'EVALSHA', 'UNLINK'].map((name) => ({ name, keys: ['k'] })));
    });

    it('is handed to the client before anything else of the event loop runs', async () => {
      const { cache, handed } = await handing();
      for (const [ask, name] of [
        [() => cache.get('k'), 'hmget'],
        [() => cache.set('k', text('v')), 'evalsha'],
        [() => cache.refresh('k'), 'evalsha'],
        [() => cache.remove('k'), 'unlink'],
      ] as const) {
        handed.length = 0;
        const sync = ask();
        expect(handed, 'not while others of the same tick may still ask').toEqual([]);
        await new Promise((resolve) => setImmediate(resolve));
        expect(handed).toEqual([{ name, keys: 1 }]);
        await sync;
      }
      // Also what is asked for in the callback of a promise.
      handed.length = 0;
      const chained = Promise.resolve().then(() => cache.get('k'));
      await new Promise((resolve) => setImmediate(resolve));
      expect(handed).toEqual([{ name: 'hmget', keys: 1 }]);
      await chained;
    });
  });

  describe('in numbers', () => {
    it('goes as single commands while there are few', async () => {
      const { cache, sent, names } = await connected();
      await Promise.all(range(7).map((i) => cache.set(`k${i}`, text(`v${i}`))));
      expect(names()).toEqual(range(7).map(() => 'EVALSHA'));
      const values = await Promise.all(range(7).map((i) => cache.get(`k${i}`)));
      expect(values.map(textOf)).toEqual(range(7).map((i) => `v${i}`));
      expect(sent().slice(7)).toEqual(range(7).map((i) => ({ name: 'HMGET', keys: [`k${i}`] })));
    });

    it('goes as single commands where values are large: a script would hold up the server while it copies them', async () => {
      const { cache, sent } = await connected();
      const value = new Uint8Array(100_000);
      await Promise.all(range(16).map((i) => cache.set(`k${i}`, value)));
      await Promise.all(range(16).map((i) => cache.get(`k${i}`)));
      const before = sent().length;
      const values = await Promise.all(range(16).map((i) => cache.get(`k${i}`)));
      expect(values.every((each) => each?.length === value.length)).toBe(true);
      expect(sent().slice(before)).toEqual(range(16).map((i) => ({ name: 'HMGET', keys: [`k${i}`] })));
    });

    it('goes as script calls of at most 32 keys where there are many, and each caller gets its own', async () => {
      const { cache, sent } = await connected();
      await Promise.all(range(100).map((i) => cache.set(`k${i}`, text(`v${i}`))));
      const values = await Promise.all(range(101).map((i) => cache.get(`k${i}`)));
      expect(values.map(textOf)).toEqual([...range(100).map((i) => `v${i}`), undefined]);
      await Promise.all(range(100).map((i) => cache.refresh(`k${i}`)));
      const calls = sent();
      expect(calls.map(({ name }) => name)).toEqual(range(12).map(() => 'EVALSHA'));
      for (const { keys } of calls) {
        expect(keys.length).toBeGreaterThan(1);
        expect(keys.length).toBeLessThanOrEqual(32);
      }
      expect(calls.slice(0, 4).flatMap(({ keys }) => keys)).toEqual(range(100).map((i) => `k${i}`));
    });

    it('goes as soon as a script call is full where the server has nothing to do, so that both work at a time', async () => {
      const { cache, handed } = await handing();
      const whole = { name: 'evalsha', keys: 32 };
      const early = range(32).map((i) => cache.get(`k${i}`));
      expect(handed).toEqual([whole]);
      // Now it has something to do: the rest of the turn goes at its end.
      const late = range(50).map((i) => cache.get(`k${i}`));
      expect(handed).toEqual([whole]);
      await Promise.all([...early, ...late]);
      expect(handed.slice(1)).toEqual([25, 25].map((keys) => ({ name: 'evalsha', keys })));
      // Never past a set that was asked for before.
      handed.length = 0;
      const set = cache.set('k0', text('new'));
      const after = range(40).map((i) => cache.get(`k${i}`));
      expect(handed).toEqual([]);
      await set;
      expect(textOf(await (after[0] as Promise<Uint8Array | undefined>))).toBe('new');
      await Promise.all(after);
    });

    it('is one UNLINK for removals, unless somebody listens for each', async () => {
      const { proxy, prefix, cache: listened } = await connected();
      const silent = new RedisCache({ connection: proxy.url, instanceName: prefix });
      try {
        await silent.ready();
        await silent.batch.setMany(range(40).map((i) => ({ key: `k${i}`, value: text('v') })));
        proxy.forgetCommands();
        await Promise.all(range(20).map((i) => silent.remove(`k${i}`)));
        expect(proxy.commands()).toEqual([['unlink', ...range(20).map((i) => `${prefix}k${i}`)]]);
        proxy.forgetCommands();
        await Promise.all(range(20).map((i) => listened.remove(`k${20 + i}`)));
        expect(proxy.countOf('unlink')).toBe(20);
        expect(await silent.batch.getMany(range(40).map((i) => `k${i}`))).toEqual(range(40).map(() => undefined));
      } finally {
        await silent.close();
      }
    });

    it('getMany, setMany and removeMany of 100 keys are a few commands', async () => {
      const { cache, sent, names } = await connected();
      const keys = range(100).map((i) => `k${i}`);
      await cache.batch.setMany(keys.map((key) => ({ key, value: text(key), options: { relativeExpiration: '1m' } })));
      expect((await cache.batch.getMany(keys)).map(textOf)).toEqual(keys);
      expect(names()).toEqual(range(8).map(() => 'EVALSHA'));
      expect(sent().flatMap((call) => call.keys)).toEqual([...keys, ...keys]);
      await cache.batch.removeMany(keys);
      expect((await cache.batch.getMany(keys)).map(textOf)).toEqual(keys.map(() => undefined));
    });

    it('splits values by their bytes, and sends a large one on its own', async () => {
      const { cache, proxy, prefix } = await connected();
      const sizes = range(40).map((i) => (i === 20 ? 900_000 : 40_000 + i));
      const values = sizes.map((size, i) => new Uint8Array(size).fill(i));
      await cache.batch.setMany(values.map((value, i) => ({ key: `k${i}`, value })));
      const calls = proxy.commands().filter(([name]) => name === 'evalsha');
      const bytes = calls.map((args) =>
        args.filter((arg) => arg.length >= 40_000).reduce((sum, arg) => sum + arg.length, 0),
      );
      // The recorder reads bytes as UTF-8: the values of this test are ASCII.
      expect(bytes.filter((sum) => sum > 256 * 1024)).toEqual([900_000]);
      expect(calls.length).toBeLessThan(12);
      const read = await cache.batch.getMany(sizes.map((_, i) => `k${i}`));
      expect(read.map((value) => [value?.length, value?.[0], value?.at(-1)])).toEqual(
        sizes.map((size, i) => [size, i, i]),
      );
      expect(calls.flat().filter((arg) => arg.startsWith(prefix))).toHaveLength(40);
    });

    it('gives every caller of one key its own copy', async () => {
      const { cache, sent } = await connected();
      await cache.set('k', text('v'));
      await cache.set('other', text('w'));
      const asked = range(24).map((i) => cache.get(i % 3 === 0 ? 'other' : 'k'));
      const values = (await Promise.all(asked)) as Uint8Array[];
      expect(values.map(textOf)).toEqual(range(24).map((i) => (i % 3 === 0 ? 'w' : 'v')));
      expect(sent().at(-1)?.keys).toHaveLength(24);
      for (const value of values) value.fill(0);
      expect(textOf(await cache.get('k'))).toBe('v');
      expect(new Set(values.map(({ buffer }) => buffer)).size).toBe(24);
      const many = await cache.batch.getMany(['k', 'none', 'k']);
      expect(many.map(textOf)).toEqual(['v', undefined, 'v']);
    });
  });

  describe('with one key that is bad', () => {
    it('is read but for that one: of another type, no entry, a window that is no number', async () => {
      const { cache, prefix, events, sent } = await connected();
      const raw = await rawClient(server.port);
      await cache.batch.setMany(range(20).map((i) => ({ key: `k${i}`, value: text(`v${i}`) })));
      await raw.command('DEL', `${prefix}k3`, `${prefix}k5`, `${prefix}k7`);
      await raw.command('RPUSH', `${prefix}k3`, 'a list');
      await raw.command('HSET', `${prefix}k5`, 'field', 'no entry', 'sldexp', '-1');
      await raw.command('HSET', `${prefix}k7`, 'absexp', '-1', 'sldexp', 'soon', 'data', 'x');
      for (const keys of [range(20), [3, 5, 7]]) {
        events.length = 0;
        const values = await Promise.all(keys.map((i) => cache.get(`k${i}`)));
        for (const [n, i] of keys.entries()) {
          if (![3, 5, 7].includes(i)) expect(textOf(values[n]), `k${i}`).toBe(`v${i}`);
        }
        for (const i of [3, 5, 7]) expect(values[keys.indexOf(i)], `k${i}`).toBeUndefined();
        const corrupt = events.flatMap((event) => (event.type === 'corrupt' ? [event.key] : []));
        expect(corrupt.sort()).toEqual(['k3', 'k5', 'k7']);
      }
      expect(sent().at(-1)?.name).not.toBe('EVAL');
      // And the next set repairs it, in numbers as well.
      await cache.batch.setMany(range(20).map((i) => ({ key: `k${i}`, value: text(`w${i}`) })));
      const repaired = await cache.batch.getMany(range(20).map((i) => `k${i}`));
      expect(repaired.map(textOf)).toEqual(range(20).map((i) => `w${i}`));
    });

    it('rejects only what is invalid before it is sent', async () => {
      const { cache } = await connected();
      const keys = ['a', 5 as unknown as string, 'b', '\ud800'];
      const codes = await Promise.all(
        keys.map((key) =>
          cache.set(key, text('v')).then(
            () => 'stored',
            (error: { code: string }) => error.code,
          ),
        ),
      );
      expect(codes).toEqual(['stored', 'ERR_INVALID_KEY', 'stored', 'ERR_INVALID_KEY']);
    });
  });

  describe('under different deadlines', () => {
    it('works side by side, each with its own', async () => {
      const { cache, proxy } = await connected({ commandTimeout: 2_000 });
      const door = doorOf(cache);
      const short = door?.within?.(150) as typeof cache;
      expect(door?.within?.(150)).toBe(short);
      const writes = range(40).map((i) => (i % 2 ? cache : short).set(`k${i}`, text(`v${i}`)));
      const reads = range(40).map((i) => (i % 3 ? cache : short).get(`k${i}`));
      await Promise.all(writes);
      expect((await Promise.all(reads)).map(textOf)).toEqual(range(40).map((i) => `v${i}`));
      proxy.stall('replies');
      const begun = performance.now();
      const long = cache.get('k1');
      const error = await errorOf(short.get('k1'));
      expect(error).toMatchObject({ code: 'ERR_TIMEOUT' });
      expect(error.message).toContain('150 ms');
      expect(performance.now() - begun).toBeLessThan(600);
      proxy.resume();
      expect(textOf(await long)).toBe('v1');
    });
  });

  it('is answered while the server forgets its scripts again and again', async () => {
    const { cache } = await connected();
    const raw = await rawClient(server.port);
    let isOver = false;
    const flushing = (async () => {
      while (!isOver) {
        await raw.command('SCRIPT', 'FLUSH', 'SYNC');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    for (let round = 0; round < 30; round++) {
      const keys = range(50).map((i) => `k${i}`);
      await Promise.all(keys.map((key) => cache.set(key, text(`${key}:${round}`), { slidingExpiration: '1m' })));
      expect((await Promise.all(keys.map((key) => cache.get(key)))).map(textOf)).toEqual(
        keys.map((key) => `${key}:${round}`),
      );
      await Promise.all([...keys.map((key) => cache.refresh(key)), cache.set('one', text('1')), cache.get('one')]);
      const lease = await cache.leases?.getOrLease(`leased${round}`, { duration: '5s' });
      if (lease?.kind !== 'lease') throw new Error(`${lease?.kind}`);
      expect(await cache.leases?.commit(`leased${round}`, lease.token, text('v'))).toBe(true);
    }
    isOver = true;
    await flushing;
  });
});
