import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HybridFactoryContext, MemoryCache } from 'distributed-cache';
import { FakeClock } from 'distributed-cache/testing';
import { describe, expect, it, vi } from 'vitest';
import { opened, tiers, turn } from './opened.js';

const dates = {
  serialize: (value: unknown) => new TextEncoder().encode(String((value as Date).getTime())),
  deserialize: (bytes: Uint8Array) => new Date(Number(new TextDecoder().decode(bytes))),
};

describe.each(Object.entries(tiers))('conditional refresh of %s', (_, options) => {
  function setUp() {
    const clock = new FakeClock();
    const cache = opened({ clock, defaults: { expiration: '10s', eagerRefresh: 0.5 }, ...options(clock) });
    return { clock, cache };
  }

  it('keeps a value for its whole time again where the source says that it is still the one', async () => {
    const { clock, cache } = setUp();
    const seen: unknown[] = [];
    const load = () =>
      cache.getOrCreate('k', ({ stale, notModified }) => {
        seen.push(stale);
        return stale === undefined ? { etag: 'one' } : notModified();
      });
    await load();
    for (let round = 1; round <= 3; round++) {
      clock.advance(6_000);
      expect(await load()).toEqual({ etag: 'one' });
      await vi.waitFor(() => expect(seen).toHaveLength(1 + round));
      await turn();
    }
    expect(seen).toEqual([undefined, { etag: 'one' }, { etag: 'one' }, { etag: 'one' }]);
    expect(cache.stats.misses).toBe(1);
    clock.advance(10_000);
    expect(await cache.get('k')).toBeUndefined();
    await load();
    expect(seen.at(-1)).toBeUndefined();
  });

  it('takes the new value where the source has one', async () => {
    const { clock, cache } = setUp();
    const load = () => cache.getOrCreate('k', ({ stale }) => ((stale as number | undefined) ?? 0) + 1);
    expect(await load()).toBe(1);
    clock.advance(6_000);
    expect(await load()).toBe(1);
    await vi.waitFor(async () => expect(await load()).toBe(2));
  });

  it('asks by the etag and the date that the value was stored with, until the source gives others', async () => {
    const { clock, cache } = setUp();
    const seen: unknown[] = [];
    let version = 1;
    const load = (failSafe = false) =>
      cache.getOrCreate(
        'k',
        ({ stale, etag, lastModified, notModified, modified }) => {
          seen.push([stale, etag, lastModified]);
          if (etag === `"${version}"`) return notModified();
          return modified(`body ${version}`, { etag: `"${version}"`, lastModified: `day ${version}` });
        },
        { failSafe, tags: ['t'] },
      );
    await load();
    for (let round = 1; round <= 2; round++) {
      clock.advance(6_000);
      await load();
      await vi.waitFor(() => expect(seen).toHaveLength(1 + round));
      await turn();
    }
    version = 2;
    clock.advance(6_000);
    await load();
    await vi.waitFor(async () => expect(await load(true)).toBe('body 2'));
    expect(seen).toEqual([
      [undefined, undefined, undefined],
      ['body 1', '"1"', 'day 1'],
      ['body 1', '"1"', 'day 1'],
      ['body 1', '"1"', 'day 1'],
    ]);
    // They are no tags of the user's, who can't take them away, but all else can.
    await cache.removeByTag('t');
    await load(true);
    expect(seen.at(-1)).toEqual([undefined, undefined, undefined]);
  });

  it('asks so past the end of a value that fail-safe kept', async () => {
    const { clock, cache } = setUp();
    const load = () =>
      cache.getOrCreate(
        'k',
        ({ etag, notModified, modified }) => (etag === 'e' ? notModified() : modified('body', { etag: 'e' })),
        { failSafe: true },
      );
    await load();
    clock.advance(10_001);
    expect(await load()).toBe('body');
    expect(cache.stats.factoryRuns).toBe(2);
    clock.advance(4_000);
    expect(await load()).toBe('body');
    expect(cache.stats.factoryRuns).toBe(2);
  });

  it('says what is wrong with an etag, and with a tag that looks like one', async () => {
    const { cache } = setUp();
    const load = cache.getOrCreate('k', ({ modified }) => modified(1, { etag: 5 as never }));
    await expect(load).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    await expect(cache.set('k', 1, { tags: ['__validators__:x'] })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
  });

  it('does not bring back what was removed while the source was asked', async () => {
    const { clock, cache } = setUp();
    await cache.set('k', 'old');
    clock.advance(6_000);
    let isAsked = false;
    expect(
      await cache.getOrCreate('k', async ({ notModified }: HybridFactoryContext) => {
        await cache.remove('k');
        isAsked = true;
        return notModified();
      }),
    ).toBe('old');
    await vi.waitFor(() => expect(isAsked).toBe(true));
    await turn();
    expect(await cache.get('k')).toBeUndefined();
  });

  it('gives a factory a copy of what can be changed', async () => {
    const { clock, cache } = setUp();
    const load = () =>
      cache.getOrCreate<Date>(
        'k',
        ({ stale, notModified }) => {
          if (stale === undefined) return new Date(5);
          (stale as Date).setTime(9);
          return notModified();
        },
        { serializer: dates },
      );
    await load();
    await load();
    clock.advance(6_000);
    await load();
    await vi.waitFor(() => expect(cache.stats.factoryRuns).toBe(2));
    await turn();
    expect(await load()).toEqual(new Date(5));
  });

  it('is an error where there is nothing to be unmodified', async () => {
    const { cache } = setUp();
    await expect(cache.getOrCreate('k', ({ notModified }) => notModified())).rejects.toMatchObject({
      code: 'ERR_INVALID_VALUE',
    });
  });
});

it('a source that speaks HTTP is asked by its ETag, and answers 304', async () => {
  const answers: number[] = [];
  let version = 1;
  const server = createServer((request, response) => {
    const etag = `"v${version}"`;
    const status = request.headers['if-none-match'] === etag ? 304 : 200;
    answers.push(status);
    response.writeHead(status, { etag }).end(status === 200 ? `body ${version}` : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const clock = new FakeClock();
    const cache = opened({ clock, distributed: new MemoryCache({ clock }) });
    const article = cache.define({
      key: () => 'article',
      expiration: '10s',
      eagerRefresh: 0.5,
      load: async (_, { etag, notModified, modified }): Promise<string> => {
        const response = await fetch(url, { headers: etag === undefined ? {} : { 'if-none-match': etag } });
        if (response.status === 304) return notModified();
        return modified(await response.text(), { etag: response.headers.get('etag') ?? undefined });
      },
    });
    expect(await article.get()).toBe('body 1');
    clock.advance(6_000);
    await article.get();
    await vi.waitFor(() => expect(answers).toEqual([200, 304]));
    version = 2;
    await vi.waitFor(async () => {
      clock.advance(5_000);
      expect(await article.get()).toBe('body 2');
    });
    expect(answers.filter((status) => status === 200)).toHaveLength(2);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
