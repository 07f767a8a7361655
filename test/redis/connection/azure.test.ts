import { describe, expect, it } from 'vitest';
import { parseConnectionString as parse } from '../../../src/providers/redis/connection/connection-string.js';
import { parseRedisUrl } from '../../../src/providers/redis/connection/redis-url.js';

const cache = [
  'redis.cache.windows.net',
  'redis.cache.chinacloudapi.cn',
  'redis.cache.usgovcloudapi.net',
  'redis.cache.sovcloud-api.de',
  'redis.cache.sovcloud-api.fr',
];
const managed = [
  'redis.azure.net',
  'redis.chinacloudapi.cn',
  'redis.usgovcloudapi.net',
  'redis.sovcloud-api.de',
  'redis.sovcloud-api.fr',
  'redisenterprise.cache.azure.net',
];
const inCases = (suffixes: string[]) =>
  suffixes.flatMap((suffix) => [`contoso.${suffix}`, `Contoso.${suffix.toUpperCase()}`]);

describe.each(inCases(cache))('Azure Cache for Redis: %s', (host) => {
  it.each([
    [':6380', true, 6380],
    [':6379', false, 6379],
    [':10000', false, 10000],
    ['', false, 6379],
  ])('with the port %s: ssl %s', (port, ssl, expected) => {
    const settings = parse(`${host}${port}`);
    expect(settings).toMatchObject({ ssl, abortConnect: false, endpoints: [{ host, port: expected }] });
    expect(settings.hints).toEqual(ssl ? [] : [expect.stringContaining(`'${host}:6380,ssl=True'`)]);
  });

  it('takes what is said', () => {
    expect(parse(`${host}:6380,ssl=false`).ssl).toBe(false);
    expect(parse(`${host},ssl=true`)).toMatchObject({ ssl: true, endpoints: [{ host, port: 6380 }], hints: [] });
    expect(parse(`${host},abortConnect=true, version=2.1.1`).abortConnect).toBe(true);
  });
});

describe.each(inCases(managed))('Azure Managed Redis: %s', (host) => {
  it.each([
    [':10000', 10000],
    [':6379', 6379],
    [':6380', 6380],
  ])('with the port %s: ssl', (port, expected) => {
    expect(parse(`${host}${port}`)).toMatchObject({
      ssl: true,
      abortConnect: false,
      endpoints: [{ host, port: expected }],
      hints: [],
    });
  });

  it('without a port: ssl, on the port of the grammar, and a hint', () => {
    const settings = parse(host);
    expect(settings).toMatchObject({ ssl: true, endpoints: [{ host, port: 6380 }] });
    expect(settings.hints).toEqual([expect.stringMatching(/10000.* 6380 is used/)]);
    expect(settings.hints[0]).toContain(`'${host}:10000'`);
    expect(parseRedisUrl(`rediss://${host}`).hints).toEqual([expect.stringMatching(/10000.* 6379 is used/)]);
  });

  it('takes what is said', () => {
    expect(parse(`${host}:10000,ssl=False,abortConnect=yes`)).toMatchObject({ ssl: false, abortConnect: true });
  });
});

describe('hosts that only look like Azure', () => {
  it.each([
    'contoso.Xredis.cache.windows.net:6380',
    'contoso.redis.cache.windows.netX:6380',
    'contoso.redis.cache.windows.net.X:6380',
    'contosoredis.cache.windows.net:6380',
    'redis.azure.net:6380',
    'contoso.redis.azure.net.evil.example:6380',
    '!/contoso.redis.azure.net',
  ])('%s: plain defaults', (text) => {
    expect(parse(text)).toMatchObject({ ssl: false, abortConnect: true, hints: [] });
  });

  it('one of several is enough for the defaults of Azure', () => {
    expect(parse('other:1,contoso.redis.azure.net:10000')).toMatchObject({ ssl: true, abortConnect: false });
  });
});
