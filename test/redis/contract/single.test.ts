import { failOpen, prefixed } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { describeDistributedCache } from 'distributed-cache/testing';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';
import { Redis as Valkey } from 'iovalkey';
import { afterAll, describe } from 'vitest';
import { instanceName } from '../servers/redis-server.js';
import { describeWithSharedRedis } from '../servers/requirement.js';
import { onRealServer, patient } from './capabilities.js';

describeWithSharedRedis('one Redis', ({ url, instanceName: prefix }) => {
  const clients = { 'ioredis 6': new Redis(url), 'ioredis 5': new Redis5(url), iovalkey: new Valkey(url) };
  const pipelining = new Redis(url, { enableAutoPipelining: true, keyPrefix: `${prefix}client*:` });
  let count = 0;
  const fresh = () => `${prefix}${++count}:`;

  afterAll(() => {
    for (const client of [...Object.values(clients), pipelining]) client.disconnect();
  });

  describe.concurrent('side by side', () => {
    describeDistributedCache('RedisCache on a URL', {
      create: () => new RedisCache({ connection: url, instanceName: instanceName() }),
      ...onRealServer,
    });
    for (const [name, connection] of Object.entries(clients)) {
      describeDistributedCache(`RedisCache on a client of ${name}`, {
        create: () => new RedisCache({ connection, instanceName: fresh() }),
        ...onRealServer,
      });
    }
    describeDistributedCache('RedisCache on a client with auto-pipelining and a prefix of its own', {
      create: () => new RedisCache({ connection: pipelining, instanceName: fresh() }),
      ...onRealServer,
    });
    describeDistributedCache('failOpen(RedisCache)', {
      create: () => failOpen(new RedisCache({ connection: clients['ioredis 6'], instanceName: fresh() }), patient),
      ...onRealServer,
    });
    describeDistributedCache('prefixed(RedisCache)', {
      create: () => prefixed(new RedisCache({ connection: clients['ioredis 6'], instanceName: fresh() }), 'p*:'),
      ...onRealServer,
    });
  });
});
