// RedisCache of ASP.NET Core, with JSON.
import { available, commandOf, versionOf } from '../dotnet.mjs';

export { available };
export const version = versionOf('Microsoft.Extensions.Caching.StackExchangeRedis');
export const command = commandOf('dotnet-redis-cache');
export const cases = [
  'redis-hit-1-100b',
  'redis-hit-1',
  'redis-hit-1-100kb',
  'redis-hit-64',
  'redis-hit-256',
  'redis-set-1',
  'redis-set-8',
  'redis-set-64',
];
