// A consumer that has ioredis, and its types: its clients are handed in as they are.
import { RedisCache, type RedisClient } from 'distributed-cache/redis';
import { Cluster, Redis } from 'ioredis';

const clients: RedisClient[] = [
  new Redis('redis://localhost', { lazyConnect: true }),
  new Cluster([{ host: 'localhost', port: 7000 }], { lazyConnect: true }),
];
export const caches: RedisCache[] = clients.map((connection) => new RedisCache({ connection }));
export const cache: RedisCache = new RedisCache({ connection: new Redis({ lazyConnect: true }) });
