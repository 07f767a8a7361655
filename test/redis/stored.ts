import type { RawClient } from './servers/raw-client.js';
import { decoded } from './servers/resp.js';
import { text } from './tools.js';

/** The fields of an entry as .NET writes them. */
export interface DotnetFields {
  readonly absexp?: string;
  readonly sldexp?: string;
  readonly data: string | Uint8Array;
}

/** Writes as .NET does: `HMSET` with the three fields in its order, then `EXPIRE` in whole seconds where there is an end. */
export async function writeAsDotnet(
  raw: RawClient,
  redisKey: string,
  { absexp = '-1', sldexp = '-1', data }: DotnetFields,
  expireSeconds?: number | null,
): Promise<void> {
  const bytes = typeof data === 'string' ? text(data) : data;
  await Promise.all([
    raw.command('HMSET', redisKey, 'absexp', absexp, 'sldexp', sldexp, 'data', Buffer.from(bytes)),
    expireSeconds ? raw.command('EXPIRE', redisKey, expireSeconds) : undefined,
  ]);
}

/** All fields of a hash, as text; data too. */
export async function fieldsOf(raw: RawClient, redisKey: string): Promise<Record<string, string>> {
  const flat = decoded(await raw.command('HGETALL', redisKey)) as string[];
  return Object.fromEntries(Array.from({ length: flat.length / 2 }, (_, i) => [flat[i * 2], flat[i * 2 + 1]]));
}

export const exists = async (raw: RawClient, redisKey: string) => (await raw.command('EXISTS', redisKey)) === 1;

export const pttl = async (raw: RawClient, redisKey: string) => (await raw.command('PTTL', redisKey)) as number;

/** The server's time in microseconds since the epoch. */
export async function serverTime(raw: RawClient): Promise<bigint> {
  const [seconds, microseconds] = decoded(await raw.command('TIME')) as [string, string];
  return BigInt(seconds) * 1_000_000n + BigInt(microseconds);
}

/** UTC ticks of .NET for a time in microseconds since the epoch. */
export const ticksOfMicroseconds = (time: bigint) => 621_355_968_000_000_000n + time * 10n;

// Servers take an entry's end from a clock that they read before the command, in whole milliseconds.
const clockStep = 3;

/**
 * Runs something that gives a key `ttl` ms, and fails unless the key has them: its end is then known to lie `ttl` ms after
 * a moment of the run. Gives what the run gave, and the moments before and after it, by the server's clock.
 */
export async function withTtl<T>(raw: RawClient, redisKey: string, ttl: number, run: () => Promise<T>) {
  const before = await serverTime(raw);
  const result = await run();
  const after = await serverTime(raw);
  const left = await pttl(raw, redisKey);
  const now = await serverTime(raw);
  const passed = Number(now - before) / 1000;
  if (left > ttl || left < ttl - passed - clockStep) {
    throw new Error(`the TTL of ${redisKey} is ${left} ms, expected ${ttl} ms less at most ${passed} ms`);
  }
  return { result, before, after };
}
