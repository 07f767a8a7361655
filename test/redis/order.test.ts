import type { DistributedCache } from 'distributed-cache';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { doorOf } from '../../src/core/door.js';
import { kept } from './servers/kept.js';
import { type RedisServer, startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { startAcl } from './servers/topologies.js';
import { until } from './servers/waiting.js';
import { outcomeOf, range, throughProxy } from './through-proxy.js';
import { rawClient, redisCache, text, textOf } from './tools.js';

type Step =
  | { readonly do: 'get' | 'remove' | 'refresh' | 'lease'; readonly key: string }
  | { readonly do: 'set'; readonly key: string; readonly value: string; readonly sliding: boolean }
  /** Ends the tick: what comes after it is sent separately, but is not awaited either. */
  | { readonly do: 'tick' };

const keys = ['a', 'b', 'c', 'd'];
const keyed = fc.record({
  do: fc.constantFrom('get', 'get', 'remove', 'refresh', 'lease'),
  key: fc.constantFrom(...keys),
});
const set = fc.record({
  do: fc.constant('set' as const),
  key: fc.constantFrom(...keys),
  value: fc.string({ maxLength: 4 }),
  sliding: fc.boolean(),
});
const tick = fc.record({ do: fc.constant('tick' as const) });
const steps = fc.array(
  fc.oneof({ weight: 5, arbitrary: keyed }, { weight: 4, arbitrary: set }, { weight: 1, arbitrary: tick }),
  { minLength: 1, maxLength: 60 },
) as fc.Arbitrary<Step[]>;

/**
 * Runs all without awaiting any, and checks every read against a map that does the same at once; then what is left. One
 * caller alone: a lease is only asked for where the map has the key, so that it changes nothing.
 */
async function runAll(caches: readonly DistributedCache[], sequence: readonly Step[]): Promise<void> {
  const model = new Map<string, string>();
  const checks: Promise<void>[] = [];
  const check = (read: Promise<Uint8Array | undefined>, key: string, at: number) => {
    const expected = model.get(key);
    checks.push(read.then((value) => expect([at, key, textOf(value)]).toEqual([at, key, expected])));
  };
  const done = (write: Promise<unknown>) => checks.push(write.then(() => {}));
  for (const [at, step] of sequence.entries()) {
    const cache = caches[at % caches.length] as DistributedCache;
    if (step.do === 'tick') await new Promise((resolve) => setImmediate(resolve));
    else if (step.do === 'get') check(cache.get(step.key), step.key, at);
    else if (step.do === 'refresh') done(cache.refresh(step.key));
    else if (step.do === 'remove') {
      model.delete(step.key);
      done(cache.remove(step.key));
    } else if (step.do === 'set') {
      model.set(step.key, step.value);
      const options = step.sliding ? { slidingExpiration: '1m' as const } : undefined;
      done(cache.set(step.key, text(step.value), options));
    } else if (cache.leases && model.has(step.key)) {
      const hit = cache.leases.getOrLease(step.key, { duration: '1s' });
      check(
        hit.then((reply) => (reply.kind === 'hit' ? reply.value : undefined)),
        step.key,
        at,
      );
    }
  }
  const outcomes = await Promise.allSettled(checks);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  const [cache] = caches as [DistributedCache];
  for (const key of keys) expect([key, textOf(await cache.get(key))]).toEqual([key, model.get(key)]);
}

/** Checks random sequences, each on empty keys. The same ones every time. */
async function holds(cache: DistributedCache, run: (sequence: readonly Step[]) => Promise<void>, numRuns = 60) {
  const property = fc.asyncProperty(steps, run).afterEach(() => cache.batch?.removeMany(keys));
  await fc.assert(property, { numRuns, seed: 20_261_125 });
}

describeWithRedis("the order of one caller's calls, none of them awaited", () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  /** A cache that takes the server's clock to be an hour behind what it is. */
  async function behind(): Promise<DistributedCache> {
    const client = await kept(new Redis(server.url));
    const scripting = client as unknown as { evalshaBuffer(...args: unknown[]): Promise<unknown> };
    const evalsha = scripting.evalshaBuffer.bind(client);
    let lie = true;
    // The first thing that is asked for is the server's time.
    scripting.evalshaBuffer = async (...args) => {
      const reply = await evalsha(...args);
      return lie && typeof reply === 'number' ? reply - 3_600_000 : reply;
    };
    const { cache } = redisCache({ connection: client });
    await cache.ready();
    lie = false;
    return cache;
  }

  const value = (read: Promise<Uint8Array | undefined>) => read.then(textOf);

  it('is kept within a tick, for one key', async () => {
    const { cache } = redisCache({ connection: server.url });
    const setThenGet = [cache.set('a', text('1')), value(cache.get('a'))];
    expect((await Promise.all(setThenGet)).at(-1)).toBe('1');
    const getThenSet = [value(cache.get('a')), cache.set('a', text('2'))];
    expect((await Promise.all(getThenSet))[0]).toBe('1');
    const [, , back] = await Promise.all([cache.remove('a'), cache.set('a', text('3')), value(cache.get('a'))]);
    expect(back).toBe('3');
    const [, , gone] = await Promise.all([cache.set('a', text('4')), cache.remove('a'), value(cache.get('a'))]);
    expect(gone).toBeUndefined();
    const all = [value(cache.get('a'))];
    for (const i of range(20)) {
      void cache.set('a', text(`${i}`));
      all.push(value(cache.get('a')));
    }
    expect(await Promise.all(all)).toEqual([undefined, ...range(20).map(String)]);
    await Promise.all(range(70).map((i) => cache.set('a', text(`again ${i}`))));
    expect(await value(cache.get('a'))).toBe('again 69');
  });

  it('is kept from the very first call on, when the server knows none of the scripts', async () => {
    const fresh = await kept(startRedis());
    const raw = await rawClient(fresh.port);
    const { cache } = redisCache({ connection: fresh.url });
    for (const forget of [async () => {}, () => raw.command('SCRIPT', 'FLUSH')]) {
      await forget();
      // In numbers, so that the reads are a script too.
      const before = range(20).map((i) => value(cache.get(`k${i}`)));
      const sets = range(20).map((i) => cache.set(`k${i}`, text('v')));
      const after = range(20).map((i) => value(cache.get(`k${i}`)));
      const removals = range(20).map((i) => cache.remove(`k${i}`));
      const atLast = range(20).map((i) => value(cache.get(`k${i}`)));
      await Promise.all([...sets, ...removals]);
      expect(await Promise.all(before)).toEqual(range(20).map(() => undefined));
      expect(await Promise.all(after)).toEqual(range(20).map(() => 'v'));
      expect(await Promise.all(atLast)).toEqual(range(20).map(() => undefined));
      expect(await raw.command('DBSIZE')).toBe(0);
    }
    await Promise.all(range(20).map((i) => cache.set(`k${i}`, text('v'))));
    await raw.command('SCRIPT', 'FLUSH');
    const reads = range(20).map((i) => value(cache.get(`k${i}`)));
    await Promise.all(range(20).map((i) => cache.remove(`k${i}`)));
    expect(await Promise.all(reads)).toEqual(range(20).map(() => 'v'));
  });

  it('is kept from one tick to the next on a server that was just started', async () => {
    const fresh = await kept(startRedis());
    const { cache, proxy } = await throughProxy(fresh);
    await cache.ready();
    // Nothing that the server says now comes before all is sent.
    proxy.stall('replies');
    const calls: Promise<unknown>[] = [];
    for (const i of range(20)) calls.push(cache.set(`k${i}`, text('v')));
    await new Promise((resolve) => setImmediate(resolve));
    for (const i of range(20)) calls.push(cache.remove(`k${i}`));
    await new Promise((resolve) => setImmediate(resolve));
    proxy.resume();
    await Promise.all(calls);
    expect(await (await rawClient(fresh.port)).command('DBSIZE')).toBe(0);
  });

  it('is not broken by a set that goes a second time because the time of the server was not known well', async () => {
    const cache = await behind();
    const set = outcomeOf(cache.set('k', text('v')));
    const removed = cache.remove('k');
    expect(await set).toBe('ERR_TIMEOUT');
    await removed;
    expect(await cache.get('k')).toBeUndefined();
    await cache.set('k', text('w'));
    expect(await value(cache.get('k'))).toBe('w');
  });

  it('sends a set a second time where the server turned out to be ahead of what was known', async () => {
    const cache = await behind();
    await cache.set('k', text('v'));
    expect(await value(cache.get('k'))).toBe('v');
  });

  it('is kept with leases, refreshes and commits between', async () => {
    const { cache } = redisCache({ connection: server.url });
    const leases = cache.leases as NonNullable<typeof cache.leases>;
    const stored = cache.set('l', text('1'), { slidingExpiration: '1m' });
    const hit = leases.getOrLease('l', { duration: '1s' });
    const removed = cache.remove('l');
    const granted = leases.getOrLease('l', { duration: '1s', token: 'mine' });
    const committed = leases.commit('l', 'mine', text('2'));
    const read = value(cache.get('l'));
    const refreshed = cache.refresh('l');
    const again = cache.remove('l');
    const refused = leases.commit('l', 'mine', text('3'));
    const last = value(cache.get('l'));
    expect(await hit).toMatchObject({ kind: 'hit' });
    expect(await granted).toMatchObject({ kind: 'lease', token: 'mine' });
    expect(await committed).toBe(true);
    expect(await read).toBe('2');
    expect(await refused).toBe(false);
    expect(await last).toBeUndefined();
    await Promise.all([stored, removed, refreshed, again]);
  });

  it.each([
    ['a connection of our own', (url: string) => url],
    ['a client of ioredis 5', (url: string) => new Redis5(url)],
    ['a client with auto-pipelining', (url: string) => new Redis(url, { enableAutoPipelining: true })],
  ])('is kept in random sequences: %s', async (_, connect) => {
    const connection = connect(server.url);
    if (typeof connection !== 'string') await kept(connection);
    const { cache } = redisCache({ connection });
    await holds(cache, (sequence) => runAll([cache], sequence));
  });

  it('is kept where calls have different deadlines', async () => {
    const { cache } = redisCache({ connection: server.url });
    const other = doorOf(cache)?.within?.(3_000) as DistributedCache;
    await holds(cache, (sequence) => runAll([cache, other], sequence));
  });

  it('is kept while the server forgets its scripts at every turn', async () => {
    const { cache } = redisCache({ connection: server.url });
    const raw = await rawClient(server.port);
    await holds(cache, async (sequence) => {
      await raw.command('SCRIPT', 'FLUSH');
      // Leases need no order: a grant that comes late is one, and a commit that comes late is refused.
      const inOneTick = sequence.filter((step) => step.do !== 'tick' && step.do !== 'lease');
      await runAll([cache], inOneTick);
    });
  });

  it('is kept by plain commands, where there are no scripts', async () => {
    const acl = await kept(startAcl(['default off', 'app on >s3cret ~* &* +@all -@scripting']));
    const { cache } = redisCache({ connection: `redis://app:s3cret@127.0.0.1:${acl.port}` });
    await cache.ready();
    expect(cache.leases).toBeUndefined();
    await holds(cache, (sequence) => runAll([cache], sequence));
  });

  it('is kept across an outage: what waited is sent in its order, before what comes after', async () => {
    const { cache, proxy } = await throughProxy(server);
    await cache.ready();
    const outage = async (sequence: readonly Step[]) => {
      proxy.refuse();
      proxy.cut();
      await until(() => doorOf(cache)?.state?.() === 'down', 'the cache has noticed');
      const running = runAll([cache], sequence);
      await new Promise((resolve) => setImmediate(resolve));
      await proxy.accept();
      await running;
    };
    await holds(cache, outage, 20);
  });

  it('holds for what was sent and for what waits, when the connection is lost between', async () => {
    const { cache, proxy } = await throughProxy(server);
    await cache.set('k', text('before'));
    proxy.stall('replies');
    const first = outcomeOf(cache.set('k', text('first')));
    await new Promise((resolve) => setImmediate(resolve));
    proxy.cut();
    expect(await first).toBe('ERR_BACKEND_UNAVAILABLE');
    proxy.resume();
    const last = cache.set('k', text('last'));
    const read = value(cache.get('k'));
    await last;
    expect(await read).toBe('last');
    expect(await value(cache.get('k'))).toBe('last');
  });
});
