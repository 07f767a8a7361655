import { setTimeout as sleep } from 'node:timers/promises';
import { RedisCache } from 'distributed-cache/redis';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instanceName, startRedis } from '../redis/servers/redis-server.js';
import { type Step, steps } from './differential-steps.js';
import { startDotnet } from './dotnet-process.js';
import { packageSets } from './packages.js';
import { describeWithDotnet } from './requirement.js';
import { dotnetSide, nodeSide, type Side, storedAt } from './sides.js';

// The same operations on .NET's RedisCache in one database and on ours in another: what they give, what is stored and how long it
// lives is compared after each. A failing seed replays with SEED=..., and is shrunk with SHRINK=1; STEPS=... makes more of them.
const seed = process.env.SEED === undefined ? Date.now() % 1_000_000 : Number(process.env.SEED);
// Of all sets of packages together.
const total = Math.ceil(Number(process.env.STEPS ?? 10_000) / packageSets.length);
const sequencesAtATime = 10;
const longest = 3_600_000;

/** What may differ, by the names of the defects in the format's notes. The third one, two commands for a write, shows only in a cut. */
const defects = {
  wholeSeconds: 'lifetimes are cut to whole seconds',
  keptLife: 'no expiration keeps the life of the one before',
};
const second = 1_000;

// What is about to end may end between two commands: such an entry is taken away on both sides.
const margin = 60;

interface Place {
  readonly side: Side;
  readonly redis: Redis;
}

/** What is stored under a key. */
interface State {
  readonly fields: Record<string, string | Buffer>;
  /** `PTTL`: -1 for no end, -2 for nothing. */
  readonly life: number;
}

describeWithDotnet('IDistributedCache: the same operations on both', (packages) => {
  const prefix = instanceName();
  const ends: (() => unknown)[] = [];
  let [theirs, ours] = [undefined, undefined] as unknown as [Place, Place];

  beforeAll(async () => {
    const server = await startRedis();
    ends.push(() => server.stop());
    const dotnet = await startDotnet({ packages, redisPort: server.port, instanceName: prefix, database: 1 });
    ends.push(() => dotnet.stop());
    const node = new RedisCache({ connection: `${server.url}/0`, instanceName: prefix });
    ends.push(() => node.close());
    const database = (db: number) => {
      const redis = new Redis(server.url, { db });
      ends.push(() => redis.disconnect());
      return redis;
    };
    theirs = { side: dotnetSide(() => dotnet.cache), redis: database(1) };
    ours = { side: nodeSide(() => node), redis: database(0) };
    for (const { side } of [theirs, ours]) await side.get('first');
  }, 330_000);
  afterAll(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  it(
    `${total.toLocaleString('en')} of them give and store the same`,
    async () => {
      let done = 0;
      const seen = new Set<string>();
      for (let run = 0; done < total; run++) {
        const property = fc.asyncProperty(steps, async (list) => {
          for (const { redis } of [theirs, ours]) await redis.flushdb();
          for (const step of list) {
            await compare(step, seen);
            done++;
          }
        });
        await fc.assert(property, {
          seed: seed + run,
          numRuns: sequencesAtATime,
          endOnFailure: process.env.SHRINK === undefined,
        });
      }
      // Each tolerance was needed, so each is still one of .NET.
      expect([...seen].sort()).toEqual(Object.values(defects).sort());
    },
    longest,
  );

  /** One step on both sides; then they are as alike as the defects let them be, and are made alike where these let them not. */
  async function compare(step: Step, seen: Set<string>): Promise<void> {
    if (step.type === 'wait') return sleep(step.ms);
    const redisKey = prefix + step.key;
    await withoutWhatEnds(redisKey);
    const before = await Promise.all([theirs, ours].map(({ redis }) => stateOf(redis, redisKey)));
    const begun = performance.now();
    const now = Date.now();
    const results = await Promise.all([theirs, ours].map(({ side }) => outcome(side, step, now)));
    // Nobody waits for the touch of a read: what is sent after it is answered after it.
    await ours.side.get('another key');
    const [dotnet, node] = (await Promise.all([theirs, ours].map(({ redis }) => stateOf(redis, redisKey)))) as [
      State,
      State,
    ];
    // The server counts in whole ms, and so does `Date`.
    const took = Math.ceil(performance.now() - begun) + 5;
    const what = `${JSON.stringify(step)} at ${now}, before it ${JSON.stringify(before)}`;
    expect(results[1], what).toEqual(results[0]);

    const shortest = step.type === 'set' && results[0] === 'stored' ? shortestOf(step) : 'as before';
    if (shortest === undefined && dotnet.life > 0) {
      expect(dotnet.life, what).toBeLessThanOrEqual((before[0] as State).life);
      seen.add(defects.keptLife);
      expectAlike({ ...dotnet, life: -1 }, node, took, what);
    } else if (typeof shortest === 'number' && Math.abs(dotnet.life - node.life) > took) {
      // The same but for its life, of which .NET has whole seconds. Of none it keeps nothing.
      const cut = Math.max(0, dotnet.life);
      expect(node.life, what).toBeLessThanOrEqual(shortest);
      expect(node.life, what).toBeGreaterThanOrEqual(shortest - took);
      expect(node.life, what).toBeGreaterThan(cut);
      expect(node.life - cut, what).toBeLessThan(second + took);
      seen.add(defects.wholeSeconds);
      if (cut > 0) expectAlike({ ...dotnet, life: node.life }, node, took, what);
    } else expectAlike(dotnet, node, took, what);
    await makeAlike(redisKey, node);
  }

  /** The fields to the byte, but the end of a relative time, which each counts from its own now. */
  function expectAlike(dotnet: State, node: State, took: number, what: string): void {
    const { absexp: theirEnd = '-1', ...theirFields } = dotnet.fields;
    const { absexp: ourEnd = '-1', ...ourFields } = node.fields;
    expect(ourFields, what).toEqual(theirFields);
    expect(Math.abs(Number(BigInt(`${ourEnd}`) - BigInt(`${theirEnd}`))), what).toBeLessThanOrEqual(took * 10_000);
    if (Math.min(dotnet.life, node.life) < 0) expect(node.life, what).toBe(dotnet.life);
    else expect(Math.abs(node.life - dotnet.life), what).toBeLessThanOrEqual(took);
  }

  /** .NET's entry gets the ends of ours, so that what differed by the time that a step took does not add up. */
  async function makeAlike(redisKey: string, { fields, life }: State): Promise<void> {
    if (life === -2) return;
    if ((await theirs.redis.exists(redisKey)) === 0) await ours.redis.unlink(redisKey);
    else {
      await theirs.redis.hset(redisKey, { absexp: fields.absexp });
      const end = await ours.redis.pexpiretime(redisKey);
      if (end > 0) await theirs.redis.pexpireat(redisKey, end);
      else if (end === -1) await theirs.redis.persist(redisKey);
    }
  }

  async function withoutWhatEnds(redisKey: string): Promise<void> {
    const lives = await Promise.all([theirs, ours].map(({ redis }) => redis.pttl(redisKey)));
    if (lives.every((life) => life === -1 || life > margin)) return;
    for (const { redis } of [theirs, ours]) await redis.unlink(redisKey);
  }
});

/** The bytes in hex, or what became of it. */
async function outcome(side: Side, step: Exclude<Step, { type: 'wait' }>, now: number): Promise<string> {
  try {
    if (step.type !== 'set') {
      const value = await side[step.type](step.key);
      return value === undefined ? 'nothing' : Buffer.from(value).toString('hex');
    }
    const { key, value, absolute, relativeMs, slidingMs } = step;
    await side.set(key, value, {
      ...(absolute !== undefined && { absolute: new Date(now + absolute) }),
      ...(relativeMs !== undefined && { relativeMs }),
      ...(slidingMs !== undefined && { slidingMs }),
    });
    return 'stored';
  } catch {
    return 'refused';
  }
}

/** How long the entry lives at first. A relative time wins over an absolute one. */
function shortestOf({
  absolute,
  relativeMs = absolute,
  slidingMs,
}: Extract<Step, { type: 'set' }>): number | undefined {
  const given = [relativeMs, slidingMs].filter((ms) => ms !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

async function stateOf(redis: Redis, redisKey: string): Promise<State> {
  const [fields, life] = await Promise.all([storedAt(redis, redisKey), redis.pttl(redisKey)]);
  return { fields, life };
}
