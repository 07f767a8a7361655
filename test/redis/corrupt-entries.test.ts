import { type CacheEvent, getOrCreate } from 'distributed-cache';
import type { RedisCache } from 'distributed-cache/redis';
import { expect, it } from 'vitest';
import type { RawClient } from './servers/raw-client.js';
import { describeWithSharedRedis } from './servers/requirement.js';
import type { Argument } from './servers/resp.js';
import { fieldsOf, pttl } from './stored.js';
import { rawClient, redisCache, text, textOf } from './tools.js';

type Write = (raw: RawClient, redisKey: string) => Promise<unknown>;

const command =
  (name: string, ...args: Argument[]): Write =>
  (raw, redisKey) =>
    raw.command(name, redisKey, ...args);
const hash = (...fields: string[]) => command('HSET', ...fields);
const window = (sldexp: string) => hash('absexp', '-1', 'sldexp', sldexp, 'data', 'v');

const capped = (absexp: string) => hash('absexp', absexp, 'sldexp', '600000000', 'data', 'v');
const ending = (absexp: string) => hash('absexp', absexp, 'sldexp', '-1', 'data', 'v');

/** Whatever is stored under a key that is no entry. */
const corrupt: Record<string, Write> = {
  'a string': command('SET', 'v'),
  'a list': command('RPUSH', 'v'),
  'a set': command('SADD', 'v'),
  'a sorted set': command('ZADD', 1, 'v'),
  'a stream': command('XADD', '*', 'data', 'v'),
  'a hash without data': hash('absexp', '-1', 'sldexp', '-1'),
  'a hash without data that slides': hash('absexp', '-1', 'sldexp', '600000000'),
  'a window that is no number': window('soon'),
  'an empty window': window(''),
  'a negative window': window('-600000000'),
  'a window that is not whole': window('600000000.5'),
  'a window in hexadecimal': window('0x23c34600'),
  'a window with a sign': window('+600000000'),
  'a window with a space': window('600000000 '),
  'a window beyond Int64': window('9223372036854775808'),
  'a window of 40 digits': window('1'.repeat(40)),
  'an absolute time that is no number, beside a window': capped('never'),
  'an empty absolute time, beside a window': capped(''),
  'a negative absolute time, beside a window': capped('-5'),
  'an absolute time beyond Int64, beside a window': capped('9223372036854775808'),
  'a hash with an absolute time that is no number': ending('never'),
  'a hash with an empty absolute time': ending(''),
  'a hash with a negative absolute time': ending('-5'),
  'a hash with an absolute time beyond Int64': ending('9223372036854775808'),
  'a hash with an absolute time after the last of .NET': ending('3155378976000000000'),
  'an absolute time after the last of .NET, beside a window': capped('3155378976000000000'),
  'a hash whose fields are swapped': hash('absexp', 'v', 'sldexp', '-1', 'data', '-1'),
  'a hash with an absolute time alone': hash('absexp', '-1'),
};

/** Every way to read, as a function that says whether it found something. */
const reads: Record<string, (cache: RedisCache) => Promise<boolean>> = {
  get: async (cache) => (await cache.get('k')) !== undefined,
  'get among others in one tick': async (cache) => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => cache.get(i === 7 ? 'k' : `absent ${i}`)));
    return all[7] !== undefined;
  },
  'getMany of few': async (cache) => (await cache.batch.getMany(['k', 'absent']))[0] !== undefined,
  'getMany of many': async (cache) => {
    const keys = Array.from({ length: 40 }, (_, i) => (i === 39 ? 'k' : `absent ${i}`));
    return (await cache.batch.getMany(keys))[39] !== undefined;
  },
  getOrLease: async (cache) => {
    const reply = await cache.leases?.getOrLease('k', { duration: '1m' });
    return reply?.kind === 'hit';
  },
};

const ofKey = (events: readonly CacheEvent[]) =>
  events.filter((event) => 'key' in event && event.key === 'k').map(({ type }) => type);

describeWithSharedRedis('what is stored and is no entry', ({ url }) => {
  async function stored(write: Write) {
    const raw = await rawClient(url);
    const cache = redisCache({ connection: url });
    await cache.cache.ready();
    await write(raw, `${cache.prefix}k`);
    return { ...cache, raw, redisKey: `${cache.prefix}k` };
  }

  for (const [how, read] of Object.entries(reads)) {
    it.each(Object.entries(corrupt))(`${how}: %s is a miss that is told`, async (_, write) => {
      const { cache, events } = await stored(write);
      expect(await read(cache)).toBe(false);
      // A lease says itself that there was nothing.
      expect(ofKey(events)).toEqual(how === 'getOrLease' ? ['corrupt'] : ['corrupt', 'miss']);
      const error = events.flatMap((event) => (event.type === 'corrupt' ? [event.error] : []))[0];
      expect(error).toMatchObject({ name: 'CorruptEntryError', code: 'ERR_CORRUPT_ENTRY' });
      expect(String(error)).toContain('"k"');
    });
  }

  it.each(Object.entries(corrupt))('%s is repaired by a set', async (_, write) => {
    const { cache, raw, redisKey } = await stored(write);
    await cache.set('k', text('repaired'), { slidingExpiration: '1m' });
    expect(await fieldsOf(raw, redisKey)).toEqual({ absexp: '-1', sldexp: '600000000', data: 'repaired' });
    for (const read of Object.values(reads)) expect(await read(cache)).toBe(true);
  });

  it.each(Object.entries(corrupt))('%s is repaired by a load', async (_, write) => {
    const { cache, raw, redisKey } = await stored(write);
    const load = () => getOrCreate(cache, 'k', () => 'loaded', { relativeExpiration: '1m' });
    expect(await load()).toBe('loaded');
    const { absexp, ...fields } = await fieldsOf(raw, redisKey);
    expect(fields).toEqual({ sldexp: '-1', data: '"loaded"' });
    expect(absexp).toMatch(/^\d{18}$/);
    expect(await pttl(raw, redisKey)).toBeGreaterThan(50_000);
  });

  it.each(Object.entries(corrupt))('%s is not read as an entry while somebody loads', async (_, write) => {
    const { cache, raw, redisKey } = await stored(write);
    const reply = await cache.leases?.getOrLease('k', { duration: '1m' });
    expect(reply?.kind).toBe('lease');
    for (const read of Object.values(reads)) expect(await read(cache)).toBe(false);
    expect((await cache.leases?.getOrLease('k', { duration: '1m' }))?.kind).toBe('busy');
    if (reply?.kind === 'lease') await cache.leases?.release('k', reply.token);
    expect(await raw.command('EXISTS', redisKey)).toBe(0);
  });

  it.each(Object.entries(corrupt))('%s is left alone by refresh, and gone by remove', async (what, write) => {
    const { cache, raw, redisKey, events } = await stored(write);
    await raw.command('PEXPIRE', redisKey, 5_000_000);
    await cache.refresh('k');
    // A hash without data has a window all the same, as for .NET.
    const slides = what.endsWith('that slides');
    expect(await pttl(raw, redisKey)).toBeGreaterThan(slides ? 50_000 : 4_900_000);
    expect(ofKey(events)).toEqual(what.startsWith('a hash') ? [] : ['corrupt']);
    await cache.remove('k');
    expect(await raw.command('EXISTS', redisKey)).toBe(0);
  });

  it('one of many does not fail its neighbours', async () => {
    const { cache, raw, prefix } = await stored(command('SET', 'v'));
    await Promise.all(Array.from({ length: 40 }, (_, i) => cache.set(`good ${i}`, text(`value ${i}`))));
    const writes = Object.values(corrupt);
    for (const [i, write] of writes.entries()) await write(raw, `${prefix}bad ${i}`);
    const keys = Array.from({ length: 40 }, (_, i) => [`good ${i}`, `bad ${i % writes.length}`]).flat();
    const values = await cache.batch.getMany(keys);
    expect(values.map(textOf)).toEqual(keys.map((key, i) => (i % 2 ? undefined : `value ${key.slice(5)}`)));
    await Promise.all(keys.map((key) => cache.set(key, text('repaired'))));
    expect((await cache.batch.getMany(keys)).map(textOf)).toEqual(keys.map(() => 'repaired'));
  });

  it('a field of somebody else alone is a miss like any other: a read asks for nothing of it', async () => {
    for (const [how, read] of Object.entries(reads)) {
      const { cache, events } = await stored(hash('other', 'v'));
      expect(await read(cache), how).toBe(false);
      expect(ofKey(events), how).toEqual(how === 'getOrLease' ? [] : ['miss']);
      await cache.set('k', text('v'));
      expect(await read(cache), how).toBe(true);
    }
  });
});
