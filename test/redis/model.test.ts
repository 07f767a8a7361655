import type { RedisCache } from 'distributed-cache/redis';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CacheModel, type ModelEntry, modelKeys, optionsOf, type Step, stepsOf } from '../providers/cache-model.js';
import type { RawClient } from './servers/raw-client.js';
import { describeWithSharedRedis } from './servers/requirement.js';
import { decoded } from './servers/resp.js';
import { ticksOfMicroseconds } from './stored.js';
import { rawClient, redisCache } from './tools.js';

const runs = Number(process.env.TEST_RUNS ?? 1);

// Real time can't be moved: what is to end within a run ends within a few ms, and what is not has seconds.
const span = fc.oneof(
  { weight: 6, arbitrary: fc.constant(Infinity) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 8 }) },
  { weight: 2, arbitrary: fc.integer({ min: 20_000, max: 200_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 20_000, max: 100 * 365 * 86_400_000 }) },
);
const wait = fc.integer({ min: 0, max: 12 });

// Servers count an entry's time in whole ms, of a clock that they read before the command.
const tolerance = 3;

/**
 * The model twice: as if each operation had been done at the earliest and at the latest moment that it can have been.
 * What both have is certain.
 */
class Between {
  readonly early = new CacheModel();
  readonly late = new CacheModel();

  /** Whether the entry is there at every moment from `from` to `to`, at none, or who knows. */
  has(key: string, from: number, to: number): boolean | undefined {
    const deadlines = [this.early, this.late].map((model) => model.entries.get(key)?.deadline ?? -Infinity);
    if (Math.min(...deadlines) > to + tolerance) return true;
    return Math.max(...deadlines) < from - tolerance ? false : undefined;
  }

  both(run: (model: CacheModel) => void, from: number, to: number): void {
    this.early.now = from;
    this.late.now = to;
    run(this.early);
    run(this.late);
  }

  /** A touch in the time between: where the entry may have ended before it, the earliest knows nothing of it. */
  touch(key: string, from: number, to: number): void {
    const certain = this.has(key, from, to);
    this.late.now = to;
    const late = this.late.entries.get(key);
    if (certain !== false && late) late.deadline = Math.min(late.absolute, to + late.sliding);
    this.early.now = from;
    if (certain) this.early.get(key);
  }

  remove(key: string): void {
    this.early.entries.delete(key);
    this.late.entries.delete(key);
  }
}

/** Where one sequence of operations is tried. */
interface Place {
  readonly cache: RedisCache;
  readonly raw: RawClient;
  readonly prefix: string;
  /** What the cache takes for the time when it validates, so that an absolute time of a few ms ahead is one. */
  readonly clock: { time: number };
}

/** The server's time in ms. */
async function timeOf(raw: RawClient): Promise<number> {
  const [seconds, microseconds] = decoded(await raw.command('TIME')) as [string, string];
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
}

async function compare({ cache, raw, prefix, clock }: Place, steps: readonly Step[]): Promise<void> {
  for (const key of modelKeys) await raw.command('UNLINK', prefix + key);
  const model = new Between();

  for (const each of steps) {
    const from = await timeOf(raw);
    if (each.type === 'wait') {
      await new Promise((resolve) => setTimeout(resolve, each.ms));
    } else if (each.type === 'set') {
      clock.time = Math.floor(from);
      const set = { ...each, absolute: clock.time + each.absolute };
      await cache.set(each.key, Uint8Array.of(each.value), optionsOf(set, 0));
      const to = await timeOf(raw);
      model.both((one) => one.set(set), from, to);
    } else if (each.type === 'get' || each.type === 'getMany') {
      const many = 'times' in each;
      const keys = many ? Array.from({ length: each.times }, () => [each.key, 'b']).flat() : [each.key];
      const values = many ? await cache.batch.getMany(keys) : [await cache.get(each.key)];
      // A touch that nobody waits for was sent by now, so it is done before this.
      await cache.remove('another key');
      const to = await timeOf(raw);
      for (const [i, key] of keys.entries()) {
        const certain = model.has(key, from, to);
        const value = values[i]?.[0];
        if (certain === false) expect(value, key).toBeUndefined();
        else if (certain || value !== undefined) expect(value, key).toBe(model.late.entries.get(key)?.value);
      }
      for (const key of new Set(keys)) model.touch(key, from, to);
    } else if (each.type === 'refresh') {
      await cache.refresh(each.key);
      model.touch(each.key, from, await timeOf(raw));
    } else if (each.type === 'remove') {
      await cache.remove(each.key);
      model.remove(each.key);
    } else {
      const found: string[] = [];
      const count = each.type === 'keys' ? undefined : await cache.prefixes.removeByPrefix(each.key);
      if (each.type === 'keys') for await (const key of cache.prefixes.keys(each.key)) found.push(key);
      const to = await timeOf(raw);
      const under = modelKeys.filter((key) => key.startsWith(each.key));
      const certain = under.filter((key) => model.has(key, from, to));
      const possible = under.filter((key) => model.has(key, from, to) !== false);
      if (count === undefined) {
        expect(found).toEqual(expect.arrayContaining(certain));
        expect(possible).toEqual(expect.arrayContaining(found));
        expect(new Set(found).size).toBe(found.length);
      } else {
        expect(count).toBeGreaterThanOrEqual(certain.length);
        expect(count).toBeLessThanOrEqual(possible.length);
        for (const key of under) model.remove(key);
      }
    }
    for (const key of modelKeys) await compareStored(raw, prefix, key, model);
  }
}

/** What is stored, and how long it has. */
async function compareStored(raw: RawClient, prefix: string, key: string, model: Between): Promise<void> {
  const from = await timeOf(raw);
  const [reply, left] = await Promise.all([raw.command('HGETALL', prefix + key), raw.command('PTTL', prefix + key)]);
  const to = await timeOf(raw);
  const fields = reply as Buffer[];
  const certain = model.has(key, from, to);
  const what = `${JSON.stringify(key)} at ${from}`;
  if (certain === false) expect(fields, what).toEqual([]);
  if (certain) expect(fields, what).toHaveLength(6);
  // It may have ended between the two commands.
  if (fields.length === 0 || left === -2) return;
  const early = model.early.entries.get(key) as ModelEntry;
  const late = model.late.entries.get(key) as ModelEntry;
  const [, absexp, , sldexp, , data] = fields as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  expect(
    [0, 2, 4].map((i) => String(fields[i])),
    what,
  ).toEqual(['absexp', 'sldexp', 'data']);
  expect([...data], what).toEqual([late.value]);
  expect(String(sldexp), what).toBe(late.sliding === Infinity ? '-1' : `${late.sliding}0000`);
  if (late.absolute === Infinity) expect(String(absexp), what).toBe('-1');
  else {
    expect(BigInt(String(absexp)), what).toBeGreaterThanOrEqual(ticksOf(early.absolute));
    expect(BigInt(String(absexp)), what).toBeLessThanOrEqual(ticksOf(late.absolute));
  }
  if (late.deadline === Infinity) expect(left, what).toBe(-1);
  else {
    expect(from + Number(left), what).toBeGreaterThanOrEqual(early.deadline - (to - from) - tolerance);
    expect(to + Number(left), what).toBeLessThanOrEqual(late.deadline + (to - from) + tolerance);
  }
}

const ticksOf = (ms: number) => ticksOfMicroseconds(BigInt(Math.round(ms * 1_000)));

describeWithSharedRedis('RedisCache against a plain model', ({ url }) => {
  it('does the same in random sequences of operations: results, fields and remaining time', {
    timeout: 60_000,
  }, async () => {
    const lane = async () => {
      const clock = { time: Date.now() };
      const { cache, prefix } = redisCache({
        connection: url,
        clock: {
          now: () => clock.time,
          setTimeout: (run, ms) => setTimeout(run, ms),
          clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
        },
      });
      await cache.ready();
      const place = { cache, prefix, clock, raw: await rawClient(url) };
      await fc.assert(
        fc.asyncProperty(stepsOf(span, wait, { minLength: 10, maxLength: 40 }), (steps) => compare(place, steps)),
        { numRuns: 18 * runs },
      );
    };
    await Promise.all(Array.from({ length: 10 }, lane));
  });
});
