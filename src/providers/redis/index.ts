export type { RedisArgument, RedisClient } from './client.js';
export { parseConnectionString } from './connection/connection-string.js';
export type { ConnectionInput, RedisClientOptions } from './connection/plan.js';
export type { RedisConnectionSettings, RedisEndpoint, TlsVersion } from './connection/settings.js';
export { RedisCache, type RedisCacheOptions } from './redis-cache.js';
