import {
  getJson,
  getOrCreate,
  getString,
  MemoryCache,
  prefixed,
  type Serializer,
  setJson,
  setString,
} from 'distributed-cache';
import { createTestCache } from 'distributed-cache/testing';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { z } from 'zod';
import { deferred, settle, text } from './tools.js';

describe('getString and setString', () => {
  it.each(['', 'hello', 'Ünï😀', '\u0000', '\uFEFFwith a byte order mark'])('gives %j back', async (value) => {
    const cache = new MemoryCache();
    await setString(cache, 'k', value);
    expect(await getString(cache, 'k')).toBe(value);
  });

  it('is undefined for a miss', async () => {
    expect(await getString(new MemoryCache(), 'k')).toBeUndefined();
  });

  it('refuses what would come back as something else, and keeps the old value', async () => {
    const cache = new MemoryCache();
    await setString(cache, 'k', 'old');
    await expect(setString(cache, 'k', 5 as never)).rejects.toMatchObject({ code: 'ERR_INVALID_VALUE' });
    await expect(setString(cache, 'k', '\ud800')).rejects.toMatchObject({ code: 'ERR_INVALID_VALUE' });
    expect(await getString(cache, 'k')).toBe('old');
  });

  it('treats bytes that are not UTF-8 as a miss with an event, or as an error if asked', async () => {
    const { cache, events } = createTestCache();
    await cache.set('k', Uint8Array.of(0xff));
    const own = vi.fn();
    expect(await getString(cache, 'k', { onEvent: own })).toBeUndefined();
    expect(events.at(-1)).toMatchObject({ type: 'corrupt', key: 'k', error: { code: 'ERR_CORRUPT_ENTRY' } });
    expect(own.mock.calls.map(([event]) => event.type)).toEqual(['hit', 'corrupt']);
    await expect(getString(cache, 'k', { onCorrupt: 'throw' })).rejects.toMatchObject({ code: 'ERR_CORRUPT_ENTRY' });
  });
});

describe('getJson and setJson', () => {
  it.each([[0], [''], [null], [false], [[1, { a: [] }]], [{ a: { b: 'ü' } }]])('gives %j back', async (value) => {
    const cache = new MemoryCache();
    await setJson(cache, 'k', value);
    expect(await getJson(cache, 'k')).toEqual(value);
  });

  it('gives each reader a value of its own', async () => {
    const cache = new MemoryCache();
    await setJson(cache, 'k', { list: [1] });
    (await getJson<{ list: number[] }>(cache, 'k'))?.list.push(2);
    expect(await getJson(cache, 'k')).toEqual({ list: [1] });
  });

  const cyclic: Record<string, unknown> = { name: 'x' };
  cyclic.self = { again: cyclic };
  it.each<[string, unknown, string]>([
    ['a BigInt', 1n, '$'],
    ['a BigInt inside', { a: [{ b: 1n }] }, '$.a[0].b'],
    ['a cycle', cyclic, '$.self.again'],
    ['a BigInt that toJSON gives', { doc: { toJSON: () => ({ id: 1n }) } }, '$.doc.id'],
    [
      'an object whose toJSON throws',
      [
        {
          toJSON: () => {
            throw new Error('no');
          },
        },
      ],
      '$[0]',
    ],
    ['undefined', undefined, 'undefined'],
    ['a function', () => 1, 'function'],
  ])('rejects %s, names it, and leaves no old value readable', async (_, value, named) => {
    const cache = new MemoryCache();
    await setJson(cache, 'k', 'old');
    await expect(setJson(cache, 'k', value)).rejects.toThrow(TypeError);
    expect(await getJson(cache, 'k')).toBeUndefined();
    await expect(setJson(cache, 'k', value)).rejects.toMatchObject({
      code: 'ERR_NOT_SERIALIZABLE',
      message: expect.stringContaining(named),
    });
  });

  it('with invalid options keeps the old value', async () => {
    const cache = new MemoryCache();
    await setJson(cache, 'k', 'old');
    await expect(setJson(cache, 'k', 1n, { relativeExpiration: 0 })).rejects.toBeInstanceOf(RangeError);
    await expect(setJson(cache, 'k', 'new', { relativeExpiration: 0 })).rejects.toMatchObject({
      code: 'ERR_INVALID_DURATION',
    });
    expect(await getJson(cache, 'k')).toBe('old');
  });

  it.each([['{"secret":'], [''], ['\u0001']])(
    'treats malformed JSON as a miss with an event, or as an error, and quotes nothing of it',
    async (stored) => {
      const { cache, events } = createTestCache();
      await cache.set('k', text(stored));
      expect(await getJson(cache, 'k')).toBeUndefined();
      const event = events.at(-1);
      expect(event).toMatchObject({ type: 'corrupt', key: 'k' });
      const error = await getJson(cache, 'k', { onCorrupt: 'throw' }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'ERR_CORRUPT_ENTRY' });
      expect(`${(error as Error).message} ${String((error as Error).cause)}`).not.toContain('secret');
    },
  );

  it('pollutes nothing with a stored __proto__', async () => {
    const cache = new MemoryCache();
    await cache.set('k', text('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'));
    const value = await getJson<object>(cache, 'k');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect((value as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('takes any serializer, which gets bytes of its own', async () => {
    const kept: Uint8Array[] = [];
    const raw: Serializer = {
      serialize: (value) => value as Uint8Array,
      deserialize: (bytes) => {
        kept.push(bytes);
        return bytes;
      },
    };
    const cache = new MemoryCache();
    await setJson(cache, 'k', text('v'), { serializer: raw });
    await getJson(cache, 'k', { serializer: raw });
    kept[0]?.fill(0);
    expect(await getJson(cache, 'k', { serializer: raw })).toEqual(text('v'));
    const made = await getOrCreate(prefixed(cache, 'p'), 'x', () => text('w'), { serializer: raw });
    made.fill(0);
    expect(await getOrCreate(cache, 'px', () => text('never'), { serializer: raw })).toEqual(text('w'));
  });
});

describe('a schema', () => {
  const product = z.object({ id: z.number(), at: z.string().transform((at) => new Date(at)) });
  const stored = { id: 1, at: '2030-01-01T00:00:00.000Z' };

  it('gives what it makes of the stored value, and types it', async () => {
    const cache = new MemoryCache();
    await setJson(cache, 'k', stored);
    const read = await getJson(cache, 'k', { schema: product });
    expect(read).toEqual({ id: 1, at: new Date(stored.at) });
    expectTypeOf(read).toEqualTypeOf<{ id: number; at: Date } | undefined>();
  });

  it.each([
    ['zod', z.object({ id: z.number() })],
    ['valibot', v.object({ id: v.number() })],
    ['an asynchronous one', z.object({ id: z.number() }).refine(async () => true)],
  ])('of %s makes a stored value that no longer fits a miss, which getOrCreate replaces', async (_, schema) => {
    const { cache, events } = createTestCache();
    await setJson(cache, 'k', { id: 'secret' });
    const factory = vi.fn(() => ({ id: 2 }));
    expect(await getOrCreate<{ id: number }>(cache, 'k', factory, { schema })).toEqual({ id: 2 });
    expect(await getOrCreate<{ id: number }>(cache, 'k', factory, { schema })).toEqual({ id: 2 });
    expect(factory).toHaveBeenCalledTimes(1);
    const corrupt = events.filter(({ type }) => type === 'corrupt');
    expect(corrupt).toMatchObject([
      { error: { code: 'ERR_SCHEMA_MISMATCH', message: expect.stringContaining('$.id') } },
    ]);
    expect(JSON.stringify(corrupt)).not.toContain('secret');
  });

  it('that the loaded value does not fit rejects, and nothing is stored', async () => {
    const cache = new MemoryCache();
    const call = getOrCreate(cache, 'k', () => ({ id: 'x' }) as never, { schema: z.object({ id: z.number() }) });
    await expect(call).rejects.toMatchObject({ code: 'ERR_SCHEMA_MISMATCH' });
    expect(cache.size).toBe(0);
  });

  it('that is still at work when the last caller leaves: nothing is stored', async () => {
    const cache = new MemoryCache();
    const leaving = new AbortController();
    const validating = deferred<{ value: number }>();
    const schema = { '~standard': { version: 1, vendor: 'test', validate: () => validating.promise } } as const;
    const call = getOrCreate(cache, 'k', () => 1, { schema, signal: leaving.signal });
    await settle();
    leaving.abort(new Error('left'));
    await expect(call).rejects.toThrow('left');
    validating.resolve({ value: 1 });
    await settle();
    expect(cache.size).toBe(0);
  });

  it('replaces stored bytes that are malformed, empty ones too', async () => {
    const cache = new MemoryCache();
    for (const bytes of [text('{'), new Uint8Array(0), text('{"long enough to be cut": ')]) {
      await cache.set('k', bytes);
      expect(await getOrCreate(cache, 'k', () => 'good')).toBe('good');
      expect(await getJson(cache, 'k')).toBe('good');
    }
  });
});
