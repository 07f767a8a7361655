import { getOrCreate } from 'distributed-cache';
import type { RedisCache } from 'distributed-cache/redis';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seededRandom } from '../../src/testing/random.js';
import type { RawClient } from './servers/raw-client.js';
import { describeWithSharedRedis } from './servers/requirement.js';
import { fieldsOf, writeAsDotnet } from './stored.js';
import { rawClient, redisCache, text, textOf } from './tools.js';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const runs = Number(process.env.TEST_RUNS ?? 1);

interface Lease {
  readonly token: string;
  /** Past its deadline: it stands for its own commit alone. */
  readonly dead: boolean;
}

/** One key under leases, in the words of protocol.md: what it holds, and which lease stands. */
class Key {
  data: string | undefined;
  window = '-1';
  lease: Lease | undefined;

  put(data: string, window: string): void {
    this.data = data;
    this.window = window;
    this.lease = undefined;
  }

  remove(): void {
    this.data = undefined;
    this.lease = undefined;
  }

  ask(replace: string | undefined, mine: string, token: string, dead: boolean): string {
    if (this.data !== undefined && this.data !== replace) return `hit ${this.data}`;
    if (this.lease && !this.lease.dead) return this.lease.token === mine ? 'own' : 'busy';
    // A lone lease goes at its deadline.
    this.lease = dead && this.data === undefined ? undefined : { token, dead };
    return 'lease';
  }

  /** The fields that must be there; of a lease the token alone. */
  fields(): Record<string, string> | undefined {
    const data = this.data === undefined ? {} : { data: this.data };
    if (this.lease) return { ...data, lease: this.lease.token };
    return this.data === undefined ? undefined : { data: this.data, sldexp: this.window };
  }
}

const who = fc.constantFrom(0, 1);
const value = fc.constantFrom('a', 'b');
const slides = fc.boolean();
// A lease of the past, so that late commits are as frequent as others.
const which = fc.nat(3);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('ask' as const),
      who,
      replace: fc.boolean(),
      dead: fc.boolean(),
      mine: fc.option(which),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('commit' as const), who, which, value, slides }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('release' as const), who, which }) },
  fc.record({ type: fc.constant('set' as const), who, value, slides }),
  fc.record({ type: fc.constantFrom('remove' as const, 'removeByPrefix' as const, 'get' as const), who }),
  fc.record({ type: fc.constant('foreign HMSET' as const), value, slides }),
  fc.record({ type: fc.constantFrom('foreign UNLINK' as const, 'foreign expiry' as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const windowOf = (slides: boolean) => (slides ? '36000000000' : '-1');
const optionsOf = (slides: boolean) => (slides ? { slidingExpiration: '1h' as const } : {});

/** Runs the steps on a server and in the model, and compares every answer and all that is stored. */
async function compare(
  caches: readonly RedisCache[],
  raw: RawClient,
  prefix: string,
  key: string,
  steps: readonly Step[],
) {
  const model = new Key();
  const redisKey = prefix + key;
  const tokens = ['none'];
  const token = (back: number) => tokens.at(-1 - back) ?? 'none';
  await raw.command('UNLINK', redisKey);
  for (const one of steps) {
    const cache = caches['who' in one ? one.who : 0] as RedisCache;
    const leases = cache.leases as NonNullable<RedisCache['leases']>;
    if (one.type === 'ask') {
      const replace = one.replace ? model.data : undefined;
      const mine = one.mine === null ? '' : token(one.mine);
      const asked = `token-${tokens.length}`;
      const duration = one.dead ? 1 : 60_000;
      const expected = model.ask(replace, mine, asked, one.dead);
      const options = { duration, token: asked, mine, ...(replace === undefined ? {} : { replace: text(replace) }) };
      const reply = await leases.getOrLease(key, options);
      expect(reply.kind === 'hit' ? `hit ${textOf(reply.value)}` : reply.kind).toBe(expected);
      if (reply.kind === 'lease') tokens.push(asked);
      if (one.dead) await sleep(4);
    } else if (one.type === 'commit') {
      const named = token(one.which);
      const expected = model.lease?.token === named;
      if (expected) model.put(one.value, windowOf(one.slides));
      expect(await leases.commit(key, named, text(one.value), optionsOf(one.slides))).toBe(expected);
    } else if (one.type === 'release') {
      const named = token(one.which);
      if (model.lease?.token === named) model.lease = undefined;
      await leases.release(key, named);
    } else if (one.type === 'set') {
      model.put(one.value, windowOf(one.slides));
      await cache.set(key, text(one.value), optionsOf(one.slides));
    } else if (one.type === 'get') {
      expect(textOf(await cache.get(key))).toBe(model.data);
      // Its touch comes before this.
      await cache.remove('other');
    } else if (one.type === 'remove') {
      model.remove();
      await cache.remove(key);
    } else if (one.type === 'removeByPrefix') {
      expect(await cache.prefixes.removeByPrefix(key)).toBe(model.data === undefined ? 0 : 1);
      model.remove();
    } else if (one.type === 'foreign HMSET') {
      model.put(one.value, windowOf(one.slides));
      await writeAsDotnet(raw, redisKey, { data: one.value, sldexp: windowOf(one.slides) }, 3_600);
    } else {
      model.remove();
      await raw.command(
        one.type === 'foreign UNLINK' ? 'UNLINK' : 'PEXPIRE',
        redisKey,
        ...(one.type === 'foreign UNLINK' ? [] : [0]),
      );
    }
    const { absexp: _, ...stored } = await fieldsOf(raw, redisKey);
    // A lease beside sldexp is a leftover, and means nothing; one that stands begins with its token.
    if (stored.sldexp !== undefined) delete stored.lease;
    if (stored.lease !== undefined) stored.lease = stored.lease.split(' ')[0] as string;
    expect(stored).toEqual(model.fields() ?? {});
  }
}

describeWithSharedRedis('random histories of one key', ({ url }) => {
  async function started() {
    const one = redisCache({ connection: url });
    const other = redisCache({ connection: url, instanceName: one.prefix });
    await Promise.all([one.cache.ready(), other.cache.ready()]);
    return { caches: [one.cache, other.cache] as const, raw: await rawClient(url), prefix: one.prefix };
  }

  it('step by step, two caches and a foreign client: the answers and fields of the protocol', {
    timeout: 60_000,
  }, async () => {
    const { caches, raw, prefix } = await started();
    const history = (lane: number) =>
      fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) =>
          compare(caches, raw, prefix, `k${lane}`, steps),
        ),
        { numRuns: 30 * runs },
      );
    await Promise.all(Array.from({ length: 8 }, (_, lane) => history(lane)));
  });

  /**
   * The source has a version. Who writes raises it, and then sets or removes the key; a load takes the version as it is
   * when it begins. So no value that is older than a write which has resolved may be stored, nor be given to calls that
   * begin after it.
   */
  async function history({ caches, raw, prefix }: Awaited<ReturnType<typeof started>>, key: string, seed: number) {
    const random = seededRandom(seed);
    const pick = <T>(things: readonly T[]) => things[Math.floor(random() * things.length)] as T;
    const redisKey = prefix + key;
    const source = { version: 0 };
    let resolved = 0;
    let loads = 0;
    const told: string[] = [];

    async function pause() {
      const turns = Math.floor(random() * 4);
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
      if (random() < 0.2) await sleep(random() * 3);
    }
    const check = (what: string, version: number | undefined, least: number) => {
      told.push(`${what} ${version}`);
      if (version === undefined || version >= least) return;
      throw new Error(`seed ${seed}: ${what} gave version ${version} after a write of ${least}: ${told.slice(-30)}`);
    };
    const stored = async () => {
      const data = (await raw.command('HGET', redisKey, 'data')) as Buffer | null;
      return data === null ? undefined : Number(data);
    };

    async function read(cache: RedisCache) {
      for (let i = 0; i < 60; i++) {
        const least = resolved;
        const load = async () => {
          const { version } = source;
          loads++;
          await pause();
          return version;
        };
        const options = {
          leaseDuration: pick([2, 1_000]),
          ...pick([{}, { relativeExpiration: '1h' as const }, { slidingExpiration: '1h' as const }]),
        };
        check('getOrCreate', await getOrCreate(cache, key, load, options), least);
        await pause();
      }
    }
    async function write() {
      for (let i = 0; i < 50; i++) {
        await pause();
        const version = ++source.version;
        const [first, second] = caches;
        await pick([
          () => first.remove(key),
          () => second.remove(key),
          () => first.set(key, text(String(version)), { slidingExpiration: '1h' }),
          () => second.set(key, text(String(version))),
          () => first.prefixes.removeByPrefix(key),
          () => raw.command('UNLINK', redisKey),
          () => writeAsDotnet(raw, redisKey, { data: String(version) }, 60),
          () => raw.command('PEXPIRE', redisKey, 0),
        ])();
        resolved = version;
        told.push(`written ${version}`);
        check('the server', await stored(), version);
      }
    }
    async function look() {
      for (let i = 0; i < 100; i++) {
        const least = resolved;
        check('the server', await stored(), least);
        await pause();
      }
    }
    const readers = caches.flatMap((cache) => [read(cache), read(cache)]);
    await Promise.all([...readers, write(), look()]);
    check('the server', await stored(), resolved);
    expect(loads).toBeGreaterThan(10);
  }

  it('all at once: no value that was loaded before a write is stored or given after it', {
    timeout: 60_000,
  }, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const shared = await started();
    const histories = Array.from({ length: 12 * runs }, (_, i) => history(shared, `k${i}`, seed + i));
    await Promise.all(histories);
  });
});
