import { describe, expect, it } from 'vitest';
import { parseRedisUrl, type RedisUrlSettings, schemeOf } from '../../../src/providers/redis/connection/redis-url.js';
import { refusal } from './tools.js';

const host = { host: 'host', port: 6379 };

describe('a URL', () => {
  it.each<[string, Partial<RedisUrlSettings>]>([
    ['redis://host', { endpoints: [host], ssl: false, defaultDatabase: 0, user: undefined, password: undefined }],
    ['redis://host/', { defaultDatabase: 0 }],
    ['rediss://host', { endpoints: [host], ssl: true }],
    ['valkey://host:1', { endpoints: [{ host: 'host', port: 1 }], ssl: false }],
    ['valkeys://host:1', { endpoints: [{ host: 'host', port: 1 }], ssl: true }],
    ['REDISS://Host', { endpoints: [{ host: 'Host', port: 6379 }], ssl: true }],
    [' redis://host ', { endpoints: [host] }],
    ['redis://user:pass@host', { user: 'user', password: 'pass', sentinelUser: undefined }],
    ['redis://:pass@host', { user: undefined, password: 'pass' }],
    ['redis://user@host', { user: 'user', password: undefined }],
    ['redis://us%3Aer:p%40%2F%23%3F%25%C3%A9%3D@host', { user: 'us:er', password: 'p@/#?%é=' }],
    ['redis://:a=b;c@host', { password: 'a=b;c' }],
    ['redis://host/3', { defaultDatabase: 3 }],
    ['redis://host?db=3', { defaultDatabase: 3 }],
    ['redis://host/3?db=3', { defaultDatabase: 3 }],
    ['redis://host?protocol=2', { protocol: 2 }],
    ['redis://host?family=6', { family: 6 }],
    ['redis://host?family=0', { family: 0 }],
    ['redis://[::1]:7000/1', { endpoints: [{ host: '::1', port: 7000 }], defaultDatabase: 1 }],
    ['redis://[2a01:9820:1:24::1:1]', { endpoints: [{ host: '2a01:9820:1:24::1:1', port: 6379 }] }],
    ['redis://10.0.0.1:6380', { endpoints: [{ host: '10.0.0.1', port: 6380 }], ssl: false }],
    ['redis://my_redis', { endpoints: [{ host: 'my_redis', port: 6379 }] }],
    ['unix:///run/redis%20one.sock', { endpoints: [{ path: '/run/redis one.sock' }], ssl: false }],
    ['unix:///run/redis.sock?db=2', { endpoints: [{ path: '/run/redis.sock' }], defaultDatabase: 2 }],
  ])('%s', (text, expected) => {
    const settings = parseRedisUrl(text);
    for (const [key, value] of Object.entries(expected)) {
      expect(settings[key as keyof RedisUrlSettings], key).toEqual(value);
    }
    expect(settings).toMatchObject({ connectTimeout: 5000, commandTimeout: 5000, keepAlive: 60 });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it.each([
    ['http://host', 'redis://, rediss://, valkey://, valkeys:// or unix://', 'http://'],
    ['redis+sentinel://host/main', 'redis://', 'redis+sentinel://'],
    ['constructor://host', 'redis://', 'constructor://'],
    ['redis://', 'host', 'one without a valid host'],
    ['redis:///0', 'host', 'one without a valid host'],
    ['redis://ho%20st', 'host', 'one without a valid host'],
    ['redis://host:99999', 'redis[s]://', 'cannot be read'],
    ['redis://host:x', 'redis[s]://', 'cannot be read'],
    ['redis://host:0', 'redis[s]://', 'the port 0'],
    ['redis://a,b', 'redis[s]://', 'one without a valid host'],
    ['redis://host:1,other:2', 'redis[s]://', 'cannot be read'],
    ['redis://host/name', 'the number of a database', 'another path'],
    ['redis://host/1/', 'the number of a database', 'another path'],
    ['redis://host/-1', 'the number of a database', 'another path'],
    ['redis://host#1', 'redis[s]://', 'one with a #'],
    ['redis://host/1?db=2', 'one database', '1 and 2'],
    ['redis://host?db=x', "'db' in the query", 'another value'],
    ['redis://host?protocol=4', '2 or 3', 'another value'],
    ['redis://host?family=5', '0, 4 or 6', 'another value'],
    ['redis://host?timeout=5', "'timeout' in the query", 'something else'],
    ['redis://host?toString=5', "'toString' in the query", 'something else'],
    ['redis://u:p@ss@host/0@', 'percent-encoded', 'an @ behind the host'],
    ['unix://run/redis.sock', 'unix:///path', 'one with a host'],
    ['unix:///', 'unix:///path', 'without a path'],
  ])('%s is refused', (text, expected, got) => {
    const { message } = refusal(() => parseRedisUrl(text));
    expect(message).toMatch(/^.+: expected .+, got .+\.$/);
    expect(message).toContain(expected);
    expect(message.slice(message.lastIndexOf(', got '))).toContain(got);
  });

  it('is told from a connection string by its scheme', () => {
    expect(['redis://h', ' Valkeys://h', 'http://h', 'redis+sentinel://h'].map(schemeOf)).toEqual([
      'redis',
      'valkeys',
      'http',
      'redis+sentinel',
    ]);
    expect(['h', 'redis', 'redis:6379', 'unix:1', 'h,password=redis://x', '::1', '//h'].map(schemeOf)).toEqual(
      Array(7).fill(undefined),
    );
  });
});
