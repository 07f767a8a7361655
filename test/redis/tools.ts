import type { CacheEvent } from 'distributed-cache';
import { RedisCache, type RedisCacheOptions } from 'distributed-cache/redis';
import { onTestFinished } from 'vitest';
import { RawClient } from './servers/raw-client.js';
import { instanceName } from './servers/redis-server.js';

export const text = (value: string) => new TextEncoder().encode(value);
export const textOf = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);

/** A Redis cache that is closed when the test has ended, with a prefix of its own and its events recorded. */
export function redisCache(options: RedisCacheOptions) {
  const events: CacheEvent[] = [];
  const prefix = options.instanceName ?? instanceName();
  const cache = new RedisCache({
    ...options,
    instanceName: prefix,
    onEvent: (event) => {
      events.push(event);
      return options.onEvent?.(event);
    },
  });
  onTestFinished(() => cache.close());
  return { cache, events, prefix, types: () => events.map((event) => event.type) };
}

/** A connection that is closed when the test has ended, for what is written behind the library's back. */
export async function rawClient(to: number | string): Promise<RawClient> {
  const client = await RawClient.connect(to);
  onTestFinished(() => client.close());
  return client;
}

/** The error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
    },
    (error: Error) => error,
  );
}
