import { type CacheEvent, HybridCache, type HybridCacheOptions } from 'distributed-cache';
import { RedisCache, type RedisCacheOptions } from 'distributed-cache/redis';
import { onTestFinished } from 'vitest';
import { instanceName } from '../servers/redis-server.js';
import { until } from '../servers/waiting.js';
import { rawClient } from '../tools.js';

/** A HybridCache over a Redis cache of its own, as a process would have it. Both are closed when the test has ended. */
export async function hybridOver(redis: RedisCacheOptions, options: Omit<HybridCacheOptions, 'distributed'> = {}) {
  const events: CacheEvent[] = [];
  const prefix = redis.instanceName ?? instanceName();
  const distributed = new RedisCache({ ...redis, instanceName: prefix });
  const cache = new HybridCache({
    ...options,
    distributed,
    ownsDistributed: true,
    onEvent: (event) => events.push(event),
  });
  onTestFinished(() => cache.close({ timeout: 1 }));
  await cache.ready();
  return { cache, distributed, prefix, events, types: () => events.map(({ type }) => type) };
}

/** Two of them that share everything, as two processes would. */
export async function twoOver(redis: RedisCacheOptions, options?: Omit<HybridCacheOptions, 'distributed'>) {
  const one = await hybridOver(redis, options);
  const other = await hybridOver({ ...redis, instanceName: one.prefix }, options);
  return { one, other, prefix: one.prefix };
}

/** Has the cache hold the key locally: what it loads itself goes with its own echo, and what it reads stays. */
export async function held(cache: HybridCache, key: string): Promise<void> {
  await until(async () => {
    await cache.get(key);
    return cache.peek(key) !== undefined;
  }, `${key} is held`);
}

/** Waits until the cache does not hold the key locally any more: the message is under way, and nobody asks Redis meanwhile. */
export const gone = (cache: HybridCache, key: string): Promise<unknown> =>
  until(() => cache.peek(key) === undefined, `${key} is gone`);

/**
 * The commands that clients send while `body` runs, but for those of scripts, of heartbeats and of connections' beginnings. What is
 * counted has to wait for nothing but its own replies.
 */
export async function commandsOf(url: string, body: () => Promise<unknown>): Promise<string[]> {
  const monitor = await rawClient(url);
  const control = await rawClient(url);
  const lines: string[] = [];
  monitor.onMessage = (line) => lines.push(String(line));
  await monitor.command('MONITOR');
  await body();
  await control.command('ECHO', 'the end');
  await until(() => lines.some((line) => line.includes('"the end"')), 'the end of MONITOR');
  return lines
    .filter((line) => !/ lua\]/.test(line) && !line.includes('alive__') && !line.includes('"the end"'))
    .map((line) => /\] "(\w+)"/.exec(line)?.[1]?.toUpperCase() ?? line);
}
