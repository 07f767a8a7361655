// RedisCache of ASP.NET Core, with JSON.
import { libraryOf } from '../dotnet.mjs';

export const { available, cases, command, version } = libraryOf(
  'dotnet-redis-cache',
  'Microsoft.Extensions.Caching.StackExchangeRedis',
  [
    'redis-hit-1-100b',
    'redis-hit-1',
    'redis-hit-1-100kb',
    'redis-hit-64',
    'redis-hit-256',
    'redis-set-1',
    'redis-set-8',
    'redis-set-64',
  ],
);
