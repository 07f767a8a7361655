import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { getOrCreate } from 'distributed-cache';
import type { RedisCache } from 'distributed-cache/redis';
import { describe, expect, it } from 'vitest';
import { kept, leavesNoProcessBehind } from './servers/kept.js';
import { startRedis } from './servers/redis-server.js';
import { describeWithRedis, describeWithSharedRedis } from './servers/requirement.js';
import { until } from './servers/waiting.js';
import { exists, fieldsOf, pttl, writeAsDotnet } from './stored.js';
import { errorOf, rawClient, redisCache, text, textOf } from './tools.js';

leavesNoProcessBehind();

const minute = { duration: 60_000 } as const;

/** A factory that is told when to end. */
function factory(value: string) {
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const state = { runs: 0, started: false };
  const run = async () => {
    state.runs++;
    state.started = true;
    await finished;
    return value;
  };
  return { run, finish, state };
}

describeWithSharedRedis('loads across caches', ({ url }) => {
  async function pair() {
    const one = redisCache({ connection: url });
    const other = redisCache({ connection: url, instanceName: one.prefix });
    await Promise.all([one.cache.ready(), other.cache.ready()]);
    return {
      one: one.cache,
      other: other.cache,
      events: one.events,
      raw: await rawClient(url),
      redisKey: `${one.prefix}k`,
    };
  }

  it('run one factory for a cold key, however many ask', async () => {
    const { one, other } = await pair();
    const { run, finish, state } = factory('loaded');
    const calls = [one, other, one, other, one, other].map((cache) => getOrCreate(cache, 'k', run));
    await until(() => state.started, 'the factory runs');
    calls.push(getOrCreate(one, 'k', run), getOrCreate(other, 'k', run));
    finish();
    expect(await Promise.all(calls)).toEqual(calls.map(() => 'loaded'));
    expect(state.runs).toBe(1);
  });

  it('run another factory at once where the first fails', async () => {
    const { one, other } = await pair();
    const failing = factory('');
    const failed = getOrCreate(one, 'k', async () => {
      await failing.run();
      throw new Error('no');
    }).catch((error: Error) => error.message);
    await until(() => failing.state.started, 'the factory runs');
    const loaded = getOrCreate(other, 'k', () => 'loaded');
    failing.finish();
    expect(await failed).toBe('no');
    expect(await loaded).toBe('loaded');
    expect(await getOrCreate(one, 'k', () => 'another')).toBe('loaded');
  });

  const changes: [
    what: string,
    change: (started: Awaited<ReturnType<typeof pair>>) => Promise<unknown>,
    left: string | undefined,
  ][] = [
    ['a remove of the same cache', ({ one }) => one.remove('k'), undefined],
    ['a remove of another cache', ({ other }) => other.remove('k'), undefined],
    ['a removeMany', ({ other }) => other.batch.removeMany(['k', 'more']), undefined],
    ['a removeByPrefix', ({ other }) => other.prefixes.removeByPrefix('k'), undefined],
    ['a set of another cache', ({ other }) => other.set('k', text('"set"')), '"set"'],
    ['a foreign UNLINK', ({ raw, redisKey }) => raw.command('UNLINK', redisKey), undefined],
    ['a foreign HMSET', ({ raw, redisKey }) => writeAsDotnet(raw, redisKey, { data: '"foreign"' }), '"foreign"'],
  ];
  it.each(changes)(
    '%s during a load is not overwritten, and later calls do not get its value',
    async (_, change, left) => {
      const started = await pair();
      const { one, other, events } = started;
      const { run, finish, state } = factory('out of date');
      const early = getOrCreate(one, 'k', run);
      await until(() => state.started, 'the factory runs');
      await change(started);
      // Without waiting for the load that is under way.
      const late = await getOrCreate(one, 'k', () => 'loaded');
      expect(late).toBe(left === undefined ? 'loaded' : JSON.parse(left));
      finish();
      expect(await early).toBe('out of date');
      expect(textOf(await other.get('k'))).toBe(left ?? '"loaded"');
      await until(() => events.some((event) => event.type === 'rejected'), 'the refusal is told');
    },
  );

  it('wait for a loader in another process, and take what it loads', async () => {
    const { one, raw, redisKey } = await pair();
    const prefix = redisKey.slice(0, -1);
    // Says what it loads; begins when it is told to.
    const script = `
      import { getOrCreate } from 'distributed-cache';
      import { RedisCache } from 'distributed-cache/redis';
      const cache = new RedisCache({ connection: ${JSON.stringify(url)}, instanceName: ${JSON.stringify(prefix)} });
      await cache.ready();
      console.log('ready');
      await new Promise((resolve) => process.stdin.once('data', resolve));
      const load = async (i) => {
        const value = await getOrCreate(cache, 'key ' + i, async () => {
          console.log('loads ' + i);
          await new Promise((resolve) => setTimeout(resolve, 100));
          return 'theirs';
        });
        console.log('got ' + i + ' ' + value);
      };
      await Promise.all(Array.from({ length: 30 }, (_, i) => load(i)));
      await Promise.all(Array.from({ length: 30 }, (_, i) => load(30 + i)));
      await cache.close();
      process.stdin.destroy();
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await kept({ stop: async () => void child.kill('SIGKILL') });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await until(() => lines.includes('ready'), 'the other process is ready');
    child.stdin.write('go\n');
    const loaded: number[] = [];
    const load = (i: number) =>
      getOrCreate(one, `key ${i}`, async () => {
        loaded.push(i);
        await new Promise((resolve) => setTimeout(resolve, 100));
        return 'ours';
      });
    // Each begins with a half of its own, so that both load some.
    const second = await Promise.all(Array.from({ length: 30 }, (_, i) => load(30 + i)));
    const values = [...(await Promise.all(Array.from({ length: 30 }, (_, i) => load(i)))), ...second];
    expect(await ended).toBe(0);
    const theirs = lines.filter((line) => line.startsWith('loads ')).map((line) => Number(line.slice(6)));
    expect([...loaded, ...theirs].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    expect(loaded.length * theirs.length).toBeGreaterThan(0);
    for (let i = 0; i < 60; i++) {
      expect(values[i]).toBe(theirs.includes(i) ? 'theirs' : 'ours');
      expect(lines).toContain(`got ${i} ${values[i]}`);
    }
    expect(await exists(raw, `${prefix}key 0`)).toBe(true);
  });
});

describeWithRedis('leases where there is no memory', () => {
  async function full() {
    const server = await kept(startRedis());
    const raw = await rawClient(server.port);
    const { cache, prefix } = redisCache({ connection: server.url });
    await cache.ready();
    const setFull = (isFull: boolean) => raw.command('CONFIG', 'SET', 'maxmemory', isFull ? 1 : 0);
    return { cache, raw, setFull, redisKey: `${prefix}k`, leases: cache.leases as NonNullable<RedisCache['leases']> };
  }
  const outOfMemory = { name: 'BackendError', code: 'ERR_BACKEND_OUT_OF_MEMORY' };

  it('a grant is refused, and nothing is left of it', async () => {
    const { cache, raw, setFull, redisKey, leases } = await full();
    await setFull(true);
    expect(await errorOf(leases.getOrLease('k', minute))).toMatchObject(outOfMemory);
    expect(await exists(raw, redisKey)).toBe(false);
    // Nobody may load, so nobody does: it is `failOpen` that makes a miss of this.
    expect(await getOrCreate(cache, 'other', () => 'loaded').catch((error) => error)).toMatchObject(outOfMemory);
    await setFull(false);
    expect((await leases.getOrLease('k', minute)).kind).toBe('lease');
  });

  it('a commit is refused and leaves the stale value and the lease, which can be committed or released', async () => {
    const { cache, raw, setFull, redisKey, leases } = await full();
    await cache.set('k', text('stale'), { slidingExpiration: '1h' });
    const stale = { ...minute, replace: text('stale') };
    const reply = await leases.getOrLease('k', stale);
    const token = reply.kind === 'lease' ? reply.token : '';
    await setFull(true);
    expect(await errorOf(leases.commit('k', token, text('loaded')))).toMatchObject(outOfMemory);
    expect(textOf(await cache.get('k'))).toBe('stale');
    expect((await leases.getOrLease('k', { ...stale, mine: token })).kind).toBe('own');
    await leases.release('k', token);
    expect(await fieldsOf(raw, redisKey)).toEqual({ absexp: '-1', sldexp: '36000000000', data: 'stale' });
    expect(await pttl(raw, redisKey)).toBeGreaterThan(3_000_000);
    expect(await errorOf(leases.getOrLease('k', stale))).toMatchObject(outOfMemory);
    expect(await fieldsOf(raw, redisKey)).toEqual({ absexp: '-1', sldexp: '36000000000', data: 'stale' });
  });

  it('a commit over a cold key can be repeated', async () => {
    const { cache, setFull, leases } = await full();
    const reply = await leases.getOrLease('k', minute);
    const token = reply.kind === 'lease' ? reply.token : '';
    await setFull(true);
    expect(await errorOf(leases.commit('k', token, text('loaded')))).toMatchObject(outOfMemory);
    expect(await cache.get('k')).toBeUndefined();
    await setFull(false);
    expect(await leases.commit('k', token, text('loaded'))).toBe(true);
  });

  it('a load gives its value to its callers, and frees the lease', async () => {
    const { cache, raw, setFull, redisKey } = await full();
    const { run, finish, state } = factory('loaded');
    const call = getOrCreate(cache, 'k', run);
    await until(() => state.started, 'the factory runs');
    await setFull(true);
    finish();
    expect(await call).toBe('loaded');
    await until(async () => !(await exists(raw, redisKey)), 'the lease is released');
  });

  describe('a set', () => {
    it.each(['one', 'many in one tick'])('%s: fails with its code, and leaves the old entry', async (how) => {
      const { cache, raw, setFull, redisKey } = await full();
      const keys = how === 'one' ? ['k'] : ['k', ...Array.from({ length: 20 }, (_, i) => `${i}`)];
      await cache.set('k', text('old'), { relativeExpiration: 50_000 });
      await raw.command('HSET', redisKey, 'extra', 'field');
      await setFull(true);
      for (const done of await Promise.allSettled(keys.map((key) => cache.set(key, text('new')))))
        expect(done).toMatchObject({ status: 'rejected', reason: outOfMemory });
      expect(await fieldsOf(raw, redisKey)).toMatchObject({ extra: 'field', data: 'old' });
      expect(await pttl(raw, redisKey)).toBeGreaterThan(40_000);
      await setFull(false);
      await Promise.all(keys.map((key) => cache.set(key, text('new'))));
      expect(textOf(await cache.get('k'))).toBe('new');
    });
  });
});
