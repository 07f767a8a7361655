import { RedisCache, type RedisClient } from 'distributed-cache/redis';
import RedisMock from 'ioredis-mock';
import { describe, expect, it } from 'vitest';

describe('the options of RedisCache', () => {
  it('a client that lacks a command is refused at once, by name', () => {
    const client = new Proxy(new RedisMock(), {
      get: (target, name) => (name === 'publish' ? undefined : Reflect.get(target, name)),
    }) as RedisClient;
    expect(() => new RedisCache({ connection: client })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining('without publish') }),
    );
  });

  it.each([
    ['connectTimeout', { connectTimeout: '0s' as const }, 'ERR_INVALID_DURATION'],
    ['commandTimeout', { commandTimeout: 2 ** 31 }, 'ERR_INVALID_DURATION'],
    ['maxPending', { maxPending: 0 }, 'ERR_INVALID_OPTION'],
    ['instanceName', { instanceName: '\ud800' }, 'ERR_INVALID_KEY'],
  ])('%s is checked by the constructor, and named', (option, options, code) => {
    const create = () => new RedisCache({ connection: 'redis://127.0.0.1:1', ...options });
    expect(create).toThrow(expect.objectContaining({ code, message: expect.stringContaining(option) }));
  });
});
