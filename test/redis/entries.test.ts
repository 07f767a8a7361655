import { describe, expect, it } from 'vitest';
import { doorOf } from '../../src/core/door.js';
import type { RawClient } from './servers/raw-client.js';
import { describeWithSharedRedis } from './servers/requirement.js';
import { until } from './servers/waiting.js';
import { exists, fieldsOf, pttl, withTtl, writeAsDotnet } from './stored.js';
import { errorOf, rawClient, redisCache, text, textOf } from './tools.js';

const minute = 60_000;

describeWithSharedRedis('entries in Redis', ({ url }) => {
  async function start() {
    const raw = await rawClient(url);
    const all = redisCache({ connection: url });
    await all.cache.ready();
    return { ...all, raw, redisKey: `${all.prefix}k` };
  }
  type Started = Awaited<ReturnType<typeof start>>;

  /** The ways to store one entry. */
  const writes: Record<string, (started: Started, value: string, options?: object) => Promise<unknown>> = {
    set: ({ cache }, value, options) => cache.set('k', text(value), options),
    'set among others in one tick': ({ cache }, value, options) =>
      Promise.all(Array.from({ length: 20 }, (_, i) => cache.set(i === 7 ? 'k' : `other ${i}`, text(value), options))),
    setMany: ({ cache }, value, options) =>
      cache.batch.setMany([{ key: 'k', value: text(value), ...(options && { options }) }]),
    commit: async ({ cache, raw, redisKey }, value, options) => {
      // Over whatever is there: its own bytes are the ones to replace.
      const data = (await raw.command('HGET', redisKey, 'data').catch(() => null)) as Buffer | null;
      const replace = data === null ? {} : { replace: data };
      const reply = await cache.leases?.getOrLease('k', { duration: '1m', ...replace });
      if (reply?.kind !== 'lease') throw new Error(`no lease, but ${reply?.kind}`);
      expect(await cache.leases?.commit('k', reply.token, text(value), options)).toBe(true);
    },
  };

  /** What was there before. */
  const before: Record<string, (raw: RawClient, redisKey: string) => Promise<unknown>> = {
    nothing: async () => {},
    'an entry with a TTL': (raw, redisKey) =>
      writeAsDotnet(raw, redisKey, { absexp: '640290528000000000', data: 'old' }, 300),
    'an entry for ever': (raw, redisKey) => writeAsDotnet(raw, redisKey, { data: 'old' }),
    'a sliding entry': (raw, redisKey) => writeAsDotnet(raw, redisKey, { sldexp: '12000000000', data: 'old' }, 1200),
    'extra fields': async (raw, redisKey) => {
      await writeAsDotnet(raw, redisKey, { data: 'old' }, 300);
      await raw.command('HSET', redisKey, 'extra', 'x', 'more', 'y');
    },
    'a leftover lease': async (raw, redisKey) => {
      await raw.command('HSET', redisKey, 'lease', `token ${Date.now() + minute}  638396640000000000`);
      await writeAsDotnet(raw, redisKey, { data: 'old' }, 300);
    },
    'fields in another order': async (raw, redisKey) => {
      await raw.command('HSET', redisKey, 'data', 'old', 'sldexp', '-1', 'absexp', '-1');
      await raw.command('EXPIRE', redisKey, 300);
    },
    'an entry that lacks a field': async (raw, redisKey) => {
      await raw.command('HSET', redisKey, 'data', 'old');
      await raw.command('EXPIRE', redisKey, 300);
    },
    'three other fields': async (raw, redisKey) => {
      await raw.command('HSET', redisKey, 'a', '1', 'b', '2', 'c', '3');
      await raw.command('EXPIRE', redisKey, 300);
    },
    'a string with a TTL': (raw, redisKey) => raw.command('SET', redisKey, 'old', 'EX', 300),
    'a list': (raw, redisKey) => raw.command('RPUSH', redisKey, 'old'),
  };

  for (const [how, write] of Object.entries(writes)) {
    it.each(Object.entries(before))(`${how} leaves nothing of %s`, async (_, prepare) => {
      const started = await start();
      const { raw, redisKey } = started;
      await prepare(raw, redisKey);
      await write(started, 'new');
      expect(await fieldsOf(raw, redisKey)).toEqual({ absexp: '-1', sldexp: '-1', data: 'new' });
      expect(await pttl(raw, redisKey)).toBe(-1);
      await raw.command('UNLINK', redisKey);
      await prepare(raw, redisKey);
      const options = { relativeExpiration: 2 * minute, slidingExpiration: minute };
      await withTtl(raw, redisKey, minute, () => write(started, 'new', options));
      const { absexp, ...fields } = await fieldsOf(raw, redisKey);
      expect(fields).toEqual({ sldexp: '600000000', data: 'new' });
      expect(absexp).toMatch(/^\d{18}$/);
    });

    it(`${how}: a lifetime under a second is a lifetime`, async () => {
      const started = await start();
      for (const options of [{ relativeExpiration: 400 }, { slidingExpiration: 400 }, { relativeExpiration: 999 }]) {
        const ttl = Object.values(options)[0] as number;
        await withTtl(started.raw, started.redisKey, ttl, () => write(started, 'short', options));
      }
      await write(started, 'shorter', { relativeExpiration: 5 });
      await until(async () => !(await exists(started.raw, started.redisKey)), 'its end');
      expect(await started.cache.get('k')).toBeUndefined();
    });

    it(`${how}: an entry whose absolute time is over once it arrives is none, and takes the old one with it`, async () => {
      // The clock that validates is behind the server's.
      const { prefix, raw, redisKey } = await start();
      const clock = {
        now: () => Date.now() - 10_000,
        setTimeout,
        clearTimeout: (timer: unknown) => clearTimeout(timer as number),
      };
      const late = redisCache({ connection: url, instanceName: prefix, clock });
      await late.cache.set('k', text('old'));
      const options = { absoluteExpiration: new Date(Date.now() - 5_000) };
      const started = { ...late, raw, redisKey };
      if (how === 'commit') await expect(write(started, 'new', options)).rejects.toThrow();
      else await write(started, 'new', options);
      expect(await exists(raw, redisKey)).toBe(false);
    });
  }

  describe('the longest lifetimes', () => {
    const lastTime = Date.UTC(10_000, 0, 1) - 1;
    const longestWindow = 922_337_203_685_477;

    it('are stored as .NET can hold them, and touched', async () => {
      const started = await start();
      const { cache, raw, redisKey } = started;
      for (const many of [false, true]) {
        const put = many ? writes['set among others in one tick'] : writes.set;
        await put?.(started, 'v', { slidingExpiration: longestWindow });
        expect(await fieldsOf(raw, redisKey)).toEqual({ absexp: '-1', sldexp: '9223372036854770000', data: 'v' });
        await cache.refresh('k');
        expect(textOf(await cache.get('k'))).toBe('v');
        expect(await pttl(raw, redisKey)).toBeGreaterThan(longestWindow - minute);
        await put?.(started, 'v', { absoluteExpiration: new Date(lastTime), slidingExpiration: longestWindow });
        expect(await fieldsOf(raw, redisKey)).toMatchObject({ absexp: '3155378975999990000' });
        await cache.refresh('k');
        expect(Date.now() + (await pttl(raw, redisKey))).toBeLessThanOrEqual(lastTime + 10);
        await put?.(started, 'v', { relativeExpiration: lastTime - Date.now() - minute });
        expect((await fieldsOf(raw, redisKey)).absexp).toMatch(/^31553789\d{11}$/);
      }
    });

    it.each<[what: string, options: () => object]>([
      ['an absolute time in the year 10000', () => ({ absoluteExpiration: new Date(lastTime + 1) })],
      ['a relative time to beyond the year 9999', () => ({ relativeExpiration: lastTime - Date.now() + minute })],
      ['a window longer than a TimeSpan', () => ({ slidingExpiration: longestWindow + 1 })],
    ])('%s is refused before anything is written', async (_, options) => {
      const { cache, raw, redisKey } = await start();
      await cache.set('k', text('old'), { relativeExpiration: minute });
      const invalid = { name: 'RangeError', code: 'ERR_INVALID_EXPIRATION' };
      expect(await errorOf(cache.set('k', text('new'), options()))).toMatchObject(invalid);
      const entries = [
        { key: 'other', value: text('v') },
        { key: 'k', value: text('new'), options: options() },
      ];
      expect(await errorOf(cache.batch.setMany(entries))).toMatchObject(invalid);
      const { leases } = cache;
      expect(await errorOf(leases?.commit('k', 'token', text('new'), options()) as Promise<unknown>)).toMatchObject(
        invalid,
      );
      expect((await fieldsOf(raw, redisKey)).data).toBe('old');
      expect(await exists(raw, redisKey.replace(/k$/, 'other'))).toBe(false);
    });
  });

  describe('a touch', () => {
    const touches: Record<string, (started: Started) => Promise<unknown>> = {
      get: async ({ cache }) => {
        await cache.get('k');
        // Nobody waits for its touch: what is written next is written after it.
        await cache.remove('other');
      },
      'get among others in one tick': ({ cache }) =>
        Promise.all(Array.from({ length: 20 }, (_, i) => cache.get(i === 7 ? 'k' : `${i}`))),
      getMany: ({ cache }) => cache.batch.getMany(['k', ...Array.from({ length: 20 }, (_, i) => `${i}`)]),
      refresh: ({ cache }) => cache.refresh('k'),
      'refresh among others in one tick': ({ cache }) =>
        Promise.all(Array.from({ length: 20 }, (_, i) => cache.refresh(i === 7 ? 'k' : `${i}`))),
      getOrLease: ({ cache }) => cache.leases?.getOrLease('k', { duration: 1 }) as Promise<unknown>,
    };
    for (const [how, touch] of Object.entries(touches)) {
      it(`by ${how} restarts the window, as far as the absolute time allows`, async () => {
        const started = await start();
        const { cache, raw, redisKey } = started;
        await cache.set('k', text('v'), { slidingExpiration: minute });
        await raw.command('PEXPIRE', redisKey, 1_000);
        await withTtl(raw, redisKey, minute, () => touch(started));
        const end = Date.now() + 20_000;
        await cache.set('k', text('v'), { slidingExpiration: minute, absoluteExpiration: new Date(end) });
        await raw.command('PEXPIRE', redisKey, 1_000);
        await touch(started);
        expect(await pttl(raw, redisKey)).toBeGreaterThan(15_000);
        // Also by the server's clock: this machine's may be another.
        expect(await pttl(raw, redisKey)).toBeLessThanOrEqual(end - Date.now() + 5);
      });

      it(`by ${how} leaves what does not slide, and brings nothing back`, async () => {
        const started = await start();
        const { cache, raw, redisKey } = started;
        await cache.set('k', text('v'), { relativeExpiration: minute });
        await raw.command('PEXPIRE', redisKey, 1_000);
        await touch(started);
        expect(await pttl(raw, redisKey)).toBeLessThanOrEqual(1_000);
        await cache.set('k', text('v'));
        await touch(started);
        expect(await pttl(raw, redisKey)).toBe(-1);
        await cache.remove('k');
        if (how === 'getOrLease') return;
        await touch(started);
        expect(await exists(raw, redisKey)).toBe(false);
      });
    }

    it('that comes late does not prolong what replaced the entry, nor bring it back', async () => {
      const started = await start();
      const { cache, raw, redisKey } = started;
      const replacements: [options: object, atMost: number][] = [
        [{ relativeExpiration: 5_000 }, 5_000],
        [{ slidingExpiration: 5_000 }, 5_000],
        [{ relativeExpiration: 5_000, slidingExpiration: minute }, 5_000],
      ];
      for (const [options, atMost] of replacements) {
        await cache.set('k', text('old'), { slidingExpiration: minute });
        // The reply of the read, and with it the touch, comes after the set was sent.
        const [value] = await Promise.all([cache.get('k'), cache.set('k', text('new'), options)]);
        expect(textOf(value)).toBe('old');
        await cache.remove('other');
        const left = await pttl(raw, redisKey);
        expect(left).toBeGreaterThan(atMost - 2_000);
        expect(left).toBeLessThanOrEqual(atMost);
      }
      await cache.set('k', text('old'), { slidingExpiration: minute });
      expect(textOf((await Promise.all([cache.get('k'), cache.remove('k')]))[0])).toBe('old');
      await cache.remove('other');
      expect(await exists(raw, redisKey)).toBe(false);
    });
  });

  describe('values', () => {
    it('an empty value is a value', async () => {
      const { cache, raw, redisKey } = await start();
      await cache.set('k', new Uint8Array(0));
      await writeAsDotnet(raw, `${redisKey}2`, { data: '' });
      const empty = new Uint8Array(0);
      expect(await cache.get('k')).toEqual(empty);
      const many = await cache.batch.getMany(Array.from({ length: 40 }, (_, i) => (i % 2 ? 'k' : 'k2')));
      expect(many).toEqual(many.map(() => empty));
      expect(await cache.leases?.getOrLease('k', { duration: 1 })).toEqual({ kind: 'hit', value: empty });
    });

    const manyKeys = Array.from({ length: 20 }, () => 'k');
    const reads: Record<string, (started: Started) => Promise<(Uint8Array | undefined)[]>> = {
      get: async ({ cache }) => [await cache.get('k'), await cache.get('k')],
      'get, many times in one tick': ({ cache }) => Promise.all(manyKeys.map((key) => cache.get(key))),
      getMany: ({ cache }) => cache.batch.getMany(manyKeys),
      'getMany of few': ({ cache }) => cache.batch.getMany(['k', 'k']),
      getOrLease: ({ cache }) =>
        Promise.all(
          ['k', 'k'].map(async (key) => {
            const reply = await cache.leases?.getOrLease(key, { duration: 1 });
            return reply?.kind === 'hit' ? reply.value : undefined;
          }),
        ),
    };
    it.each(Object.entries(reads))('%s gives a copy that nobody else holds', async (_, read) => {
      const started = await start();
      const stored = Uint8Array.from({ length: 256 }, (_, i) => i);
      await started.cache.set('k', stored);
      const values = await read(started);
      for (const value of values) {
        // The exact class: a Buffer would be another thing to a caller, and a part of a pool.
        expect(value?.constructor).toBe(Uint8Array);
        expect([value?.byteOffset, value?.buffer.byteLength]).toEqual([0, 256]);
      }
      expect(new Set(values.map((value) => value?.buffer)).size).toBe(values.length);
      values[0]?.fill(0);
      expect(values[1]).toEqual(stored);
      expect(await started.cache.get('k')).toEqual(stored);
    });

    it('the door may hand out the bytes of the reply', async () => {
      const { cache, raw, redisKey } = await start();
      await cache.set('k', text('value'), { slidingExpiration: minute });
      await raw.command('PEXPIRE', redisKey, 1_000);
      const door = doorOf(cache);
      expect(textOf(await door.read('k'))).toBe('value');
      expect((await Promise.all(manyKeys.map((key) => door.read(key)))).map(textOf)).toEqual(
        manyKeys.map(() => 'value'),
      );
      await cache.remove('other');
      expect(await pttl(raw, redisKey)).toBeGreaterThan(1_000);
      expect(await door.read('absent')).toBeUndefined();
    });

    it('set stores the bytes of the call, of a view too', async () => {
      const { cache } = await start();
      const backing = text('__value__');
      const done = [
        cache.set('k', backing.subarray(2, 7)),
        cache.batch.setMany([{ key: 'many', value: backing.subarray(2, 7) }]),
      ];
      backing.fill(0);
      await Promise.all(done);
      expect(textOf(await cache.get('k'))).toBe('value');
      expect(textOf(await cache.get('many'))).toBe('value');
    });
  });
});
