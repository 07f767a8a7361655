import type { RedisCache } from 'distributed-cache/redis';
import type { Redis } from 'ioredis';
import type { DotnetCache } from './dotnet-cache.js';

/** What both sides are asked for, in one set of words. Times in ms. */
export interface Expiration {
  readonly absolute?: Date;
  readonly relativeMs?: number;
  readonly slidingMs?: number;
}

/** One of the two caches on the server. */
export interface Side {
  readonly name: string;
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, value: Uint8Array, expiration?: Expiration): Promise<void>;
  refresh(key: string): Promise<void>;
  remove(key: string): Promise<void>;
}

export const dotnetSide = (cache: () => DotnetCache): Side => ({
  name: '.NET',
  get: (key) => cache().get(key),
  set: (key, value, expiration) => cache().set(key, value, expiration),
  refresh: (key) => cache().refresh(key),
  remove: (key) => cache().remove(key),
});

export const nodeSide = (cache: () => RedisCache): Side => ({
  name: 'Node',
  get: (key) => cache().get(key),
  set: (key, value, { absolute, relativeMs, slidingMs } = {}) =>
    cache().set(key, value, {
      absoluteExpiration: absolute,
      relativeExpiration: relativeMs,
      slidingExpiration: slidingMs,
    }),
  refresh: (key) => cache().refresh(key),
  remove: (key) => cache().remove(key),
});

/** An entry as the server has it: every field of the hash as text, but the bytes. */
export async function storedAt(redis: Redis, key: string): Promise<Record<string, string | Buffer>> {
  const fields = await redis.hgetallBuffer(key);
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, name === 'data' ? value : value.toString()]),
  );
}

/** A time in UTC ticks of .NET: units of 100 ns since the year 1. */
export const dotnetTicks = (time: number): bigint => (BigInt(time) - BigInt(yearOne)) * 10_000n;
const yearOne = Date.parse('0001-01-01T00:00:00Z');
