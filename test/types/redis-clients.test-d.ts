// Checked by the compiler alone (`npm run types`): the real clients fit the structural type of a client.
import { RedisCache, type RedisClient } from 'distributed-cache/redis';
import type { Cluster, Redis } from 'ioredis';
import type { Cluster as Cluster5, Redis as Redis5 } from 'ioredis-5';
import RedisMock from 'ioredis-mock';
import type { Redis as Valkey, Cluster as ValkeyCluster } from 'iovalkey';

declare const clients: {
  redis: Redis;
  cluster: Cluster;
  redis5: Redis5;
  cluster5: Cluster5;
  valkey: Valkey;
  valkeyCluster: ValkeyCluster;
};

export const all: RedisClient[] = [...Object.values(clients), new RedisMock()];
export const caches = all.map((connection) => new RedisCache({ connection }));
export const opened = [
  new RedisCache({ connection: 'redis://localhost' }),
  new RedisCache({ connection: { host: 'localhost', port: 6379, tls: {} } }),
  new RedisCache({ connection: { sentinels: [{ host: 'localhost', port: 26379 }], name: 'primary' } }),
];
// @ts-expect-error a connection is needed
void new RedisCache({});
// @ts-expect-error an unknown option name
void new RedisCache({ connection: 'localhost', keyPrefix: 'a' });
