import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hybridOver } from '../redis/hybrid/tools.js';
import { type RedisServer, startRedis } from '../redis/servers/redis-server.js';
import { type Dotnet, startDotnet } from './dotnet-process.js';
import { pascalCase, product, type ValueRow, values } from './hybrid-values.js';
import { describeWithDotnet } from './requirement.js';

// What HybridCache of .NET and ours store for each other. Neither side's local tier is asked: what counts is in Redis.
const instanceName = 'app:';
let server: RedisServer;
let dotnet: Dotnet;
let camelCase: Dotnet;

const node = async () => {
  const options = { local: false, maxPayloadBytes: 16 * 1024 * 1024 } as const;
  return (await hybridOver({ connection: server.url, instanceName }, options)).cache;
};

/** Of what is long no difference is printed. */
const short = (value: unknown) =>
  typeof value === 'string' && value.length > 1_000
    ? `${value.length}, ${createHash('sha256').update(value).digest('hex')}`
    : value;
const same = (value: unknown) => short(value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value);

describeWithDotnet('HybridCache: values', (packages) => {
  beforeAll(async () => {
    server = await startRedis();
    const options = { packages, redisPort: server.port, instanceName };
    [dotnet, camelCase] = await Promise.all([startDotnet(options), startDotnet({ ...options, naming: 'camelCase' })]);
  }, 330_000);
  afterAll(async () => {
    await Promise.all([dotnet?.stop(), camelCase?.stop()]);
    await server?.stop();
  });

  it('the processes run the real packages', () => {
    for (const process of [dotnet, camelCase]) expect(process.packages).toEqual(packages);
  });

  const rows: readonly (ValueRow & { readonly by: () => Dotnet })[] = [
    ...values.map((row) => ({ ...row, by: () => dotnet })),
    {
      what: 'a record, by the default naming',
      kind: 'product',
      value: pascalCase(product),
      dotnet: product,
      by: () => dotnet,
    },
    { what: 'a record, in camelCase', kind: 'product', value: product, by: () => camelCase },
  ];

  describe('from .NET to Node, and back', () => {
    for (const { what, kind, value, dotnet: sent = value, serializer, by } of rows) {
      it(what, async () => {
        const key = `.NET ${what}`;
        const cache = await node();
        await by().hybrid.set(key, { kind, value: sent, tags: ['a', 'ключ'] });
        const read = await cache.get(key, { serializer });
        expect(same(read)).toEqual(same(value));
        await cache.set(key, read, { serializer, tags: ['a', 'ключ'] });
        expect(same((await by().hybrid.peek(key, kind, { isLocal: false }))?.value)).toEqual(same(sent));
      });

      it(`${what}, loaded`, async () => {
        const key = `.NET loads ${what}`;
        const cache = await node();
        const { value: loaded, ran } = await by().hybrid.getOrCreate(key, { kind, value: sent });
        expect([same(loaded), ran]).toEqual([same(sent), true]);
        // .NET answers its callers before it stores.
        await vi.waitFor(async () => expect(same(await cache.get(key, { serializer }))).toEqual(same(value)));
      });
    }
  });

  describe('from Node to .NET, and back', () => {
    for (const { what, kind, value, dotnet: sent = value, serializer, by } of rows) {
      it(what, async () => {
        const key = `Node ${what}`;
        const cache = await node();
        await cache.set(key, value, { serializer, tags: ['a', 'ключ'] });
        const read = await by().hybrid.peek(key, kind, { isLocal: false });
        expect(same(read?.value)).toEqual(same(sent));
        await by().hybrid.set(key, { kind, value: read?.value });
        expect(same(await cache.get(key, { serializer }))).toEqual(same(value));
      });

      it(`${what}, loaded`, async () => {
        const key = `Node loads ${what}`;
        const cache = await node();
        await cache.getOrCreate(key, () => value, { serializer });
        const { value: found, ran } = await by().hybrid.getOrCreate(key, { kind, value: sent });
        expect([same(found), ran]).toEqual([same(sent), false]);
        expect(await by().hybrid.factoryRuns(key)).toBe(0);
      });
    }
  });

  describe('null', () => {
    it('of .NET is null in Node, and an empty string of .NET where it was a string', async () => {
      const cache = await node();
      for (const [kind, again] of [
        ['product', null],
        ['string', ''],
      ] as const) {
        await dotnet.hybrid.set(`null ${kind}`, { kind, value: null });
        expect(await cache.get(`null ${kind}`)).toBe(null);
        expect(await dotnet.hybrid.peek(`null ${kind}`, kind, { isLocal: false })).toEqual({ value: again });
      }
    });

    it('of Node is null in .NET, but the text of JSON where it asks for a string', async () => {
      const cache = await node();
      await cache.set('null', null);
      expect(await dotnet.hybrid.peek('null', 'product', { isLocal: false })).toEqual({ value: null });
      expect(await dotnet.hybrid.peek('null', 'string', { isLocal: false })).toEqual({ value: 'null' });
    });
  });

  describe('keys', () => {
    it.each(['ключ 🔑', 'e\u0301', ' a  b ', '%2F?&=#+/../', '__proto__', 'ꙮ'.repeat(300), '{slot}:a', '*?[a-z]\\'])(
      'are any Unicode, in both directions: %s',
      async (key) => {
        const cache = await node();
        await dotnet.hybrid.set(key, { kind: 'int', value: 1 });
        expect(await cache.get(key)).toBe(1);
        await cache.set(key, 2);
        expect(await dotnet.hybrid.peek(key, 'int', { isLocal: false })).toEqual({ value: 2 });
        await cache.remove(key);
        expect(await dotnet.hybrid.peek(key, 'int', { isLocal: false })).toBe(undefined);
      },
    );
  });
});
