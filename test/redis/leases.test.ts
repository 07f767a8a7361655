import type { LeaseOptions, LeaseReply } from 'distributed-cache';
import type { RedisCache } from 'distributed-cache/redis';
import { describe, expect, it } from 'vitest';
import { RawListener } from './raw-listener.js';
import { describeWithSharedRedis } from './servers/requirement.js';
import { until } from './servers/waiting.js';
import { exists, fieldsOf, pttl, serverTime, ticksOfMicroseconds, writeAsDotnet } from './stored.js';
import { rawClient, redisCache, text, textOf } from './tools.js';

const minute = { duration: 60_000 } as const;
const hourTicks = '36000000000';

describeWithSharedRedis('leases in Redis', ({ url }) => {
  async function start() {
    const raw = await rawClient(url);
    const all = redisCache({ connection: url });
    await all.cache.ready();
    return { ...all, raw, redisKey: `${all.prefix}k` };
  }

  const leasesOf = (cache: RedisCache) => {
    const { leases } = cache;
    if (leases === undefined) throw new Error('no leases');
    return leases;
  };
  const ask = (cache: RedisCache, options: LeaseOptions = minute) => leasesOf(cache).getOrLease('k', options);
  async function grant(cache: RedisCache, options: LeaseOptions = minute) {
    const reply = await ask(cache, options);
    if (reply.kind !== 'lease') throw new Error(`expected a lease, not ${reply.kind}`);
    return reply;
  }
  const commit = (cache: RedisCache, token: string, value = 'loaded', options = {}) =>
    leasesOf(cache).commit('k', token, text(value), options);
  const shown = (reply: LeaseReply) => (reply.kind === 'hit' ? textOf(reply.value) : reply.kind);

  type Started = Awaited<ReturnType<typeof start>>;

  /** What somebody else does to the key behind the library's back, and what is there then. */
  const foreign: [what: string, run: (started: Started) => Promise<unknown>, leaves: string | undefined][] = [
    ['HMSET', ({ raw, redisKey }) => writeAsDotnet(raw, redisKey, { data: 'foreign' }), 'foreign'],
    ['HMSET with EXPIRE', ({ raw, redisKey }) => writeAsDotnet(raw, redisKey, { data: 'foreign' }, 60), 'foreign'],
    [
      'HMSET of a sliding entry',
      ({ raw, redisKey }) => writeAsDotnet(raw, redisKey, { data: 'foreign', sldexp: hourTicks }, 60),
      'foreign',
    ],
    ['HMSET of what is there already', ({ raw, redisKey }) => writeAsDotnet(raw, redisKey, { data: 'stale' }), 'stale'],
    ['UNLINK', ({ raw, redisKey }) => raw.command('UNLINK', redisKey), undefined],
    ['DEL', ({ raw, redisKey }) => raw.command('DEL', redisKey), undefined],
    [
      'UNLINK and HMSET',
      async ({ raw, redisKey }) => {
        await raw.command('UNLINK', redisKey);
        await writeAsDotnet(raw, redisKey, { data: 'stale' });
      },
      'stale',
    ],
    ['PEXPIRE 0', ({ raw, redisKey }) => raw.command('PEXPIRE', redisKey, 0), undefined],
    ['SET', ({ raw, redisKey }) => raw.command('SET', redisKey, 'foreign'), undefined],
    ['RENAME', ({ raw, redisKey }) => raw.command('RENAME', redisKey, `${redisKey} elsewhere`), undefined],
  ];

  describe.each(foreign)('after a foreign %s', (_, run, leaves) => {
    it.each([
      ['over a cold key', false],
      ['over a stale value', true],
    ])('%s a commit is refused and the next asker is not held up', async (_, warm) => {
      const started = await start();
      const { cache, raw, redisKey } = started;
      if (warm) await cache.set('k', text('stale'));
      const options = warm ? { ...minute, replace: text('stale') } : minute;
      const { token } = await grant(cache, options);
      await run(started);
      expect(await commit(cache, token)).toBe(false);
      await leasesOf(cache).release('k', token);
      expect(textOf(await cache.get('k'))).toBe(leaves);
      expect(shown(await ask(cache, { ...minute, mine: token }))).toBe(leaves ?? 'lease');
      if (leaves === undefined) return;
      // The field `lease` that is left there means nothing.
      const next = await grant(cache, { ...minute, replace: text(leaves) });
      expect(await commit(cache, token)).toBe(false);
      expect(await commit(cache, next.token)).toBe(true);
      expect(await fieldsOf(raw, redisKey)).toEqual({ absexp: '-1', sldexp: '-1', data: 'loaded' });
    });
  });

  it('a foreign HMSET without EXPIRE over a lone lease ends with it: a miss, never a stale value', async () => {
    const { cache, raw, redisKey } = await start();
    await grant(cache, { duration: 30_000 });
    await writeAsDotnet(raw, redisKey, { data: 'foreign' });
    expect(await pttl(raw, redisKey)).toBeGreaterThan(20_000);
    expect(textOf(await cache.get('k'))).toBe('foreign');
  });

  it('a lone lease is gone at its deadline, and a commit after it is refused', async () => {
    const { cache, raw, redisKey } = await start();
    const { token } = await grant(cache, { duration: 30 });
    await until(async () => !(await exists(raw, redisKey)), 'the lease is gone');
    expect(await commit(cache, token)).toBe(false);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('a late commit over a stale value is accepted where nothing happened since', async () => {
    const { cache, raw, redisKey } = await start();
    await cache.set('k', text('stale'));
    const { token } = await grant(cache, { duration: 1, replace: text('stale') });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(textOf(await cache.get('k'))).toBe('stale');
    expect(await commit(cache, token, 'loaded', { relativeExpiration: 5_000 })).toBe(true);
    expect(await fieldsOf(raw, redisKey)).toMatchObject({ sldexp: '-1', data: 'loaded' });
    expect(await commit(cache, token)).toBe(false);
  });

  it('a late commit is refused once another has the lease', async () => {
    const { cache } = await start();
    await cache.set('k', text('stale'));
    const late = await grant(cache, { duration: 1, replace: text('stale') });
    await new Promise((resolve) => setTimeout(resolve, 10));
    const next = await grant(cache, { ...minute, replace: text('stale') });
    expect(await commit(cache, late.token, 'late')).toBe(false);
    await leasesOf(cache).release('k', late.token);
    expect(shown(await ask(cache, { ...minute, mine: next.token, replace: text('stale') }))).toBe('own');
    expect(await commit(cache, next.token)).toBe(true);
    expect(textOf(await cache.get('k'))).toBe('loaded');
  });

  it('a token that begins like the one of the lease is another', async () => {
    const { cache } = await start();
    await grant(cache, { ...minute, token: 'token' });
    for (const token of ['', 't', 'toke', 'token ', 'token2', ' token']) expect(await commit(cache, token)).toBe(false);
    expect(await commit(cache, 'token')).toBe(true);
  });

  describe('the window of a stale value', () => {
    it('is out of the way while the lease stands, and back after a release', async () => {
      const { cache, raw, redisKey } = await start();
      await cache.set('k', text('stale'), { slidingExpiration: '1h' });
      await raw.command('PEXPIRE', redisKey, 50_000);
      const { token } = await grant(cache, { ...minute, replace: text('stale') });
      expect(Object.keys(await fieldsOf(raw, redisKey)).sort()).toEqual(['absexp', 'data', 'lease']);
      // The entry is read, but can only end sooner meanwhile.
      expect(textOf(await cache.get('k'))).toBe('stale');
      await cache.refresh('k');
      expect(await pttl(raw, redisKey)).toBeLessThanOrEqual(50_000);
      await leasesOf(cache).release('k', token);
      expect(await fieldsOf(raw, redisKey)).toEqual({ absexp: '-1', sldexp: hourTicks, data: 'stale' });
      expect(await pttl(raw, redisKey)).toBeLessThanOrEqual(50_000);
      await cache.refresh('k');
      expect(await pttl(raw, redisKey)).toBeGreaterThan(3_500_000);
    });

    it.each([
      ['a window', { slidingExpiration: '1h' }, hourTicks],
      ['none', {}, '-1'],
    ] as const)('is kept over leases of the dead: %s', async (_, options, sldexp) => {
      const { cache, raw, redisKey } = await start();
      await cache.set('k', text('stale'), options);
      for (let i = 0; i < 3; i++) {
        await grant(cache, { duration: 1, replace: text('stale') });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const { token } = await grant(cache, { ...minute, replace: text('stale') });
      await leasesOf(cache).release('k', token);
      expect(await fieldsOf(raw, redisKey)).toEqual({ absexp: '-1', sldexp, data: 'stale' });
    });

    it('is that of a foreign entry which came meanwhile', async () => {
      const { cache, raw, redisKey } = await start();
      await cache.set('k', text('stale'), { slidingExpiration: '1h' });
      await grant(cache, { ...minute, replace: text('stale') });
      await writeAsDotnet(raw, redisKey, { data: 'stale', sldexp: '600000000' }, 60);
      const { token } = await grant(cache, { ...minute, replace: text('stale') });
      await leasesOf(cache).release('k', token);
      expect(await fieldsOf(raw, redisKey)).toEqual({ absexp: '-1', sldexp: '600000000', data: 'stale' });
    });
  });

  describe('what stands', () => {
    /** A lease that somebody wrote, `ms` before its deadline. */
    const leased = async ({ raw, redisKey }: Started, ms: number) => {
      const deadline = (await serverTime(raw)) / 1000n + BigInt(ms);
      await raw.command('HSET', redisKey, 'lease', `other ${deadline}  638396640000000000`);
    };

    it('a deadline up to 10 minutes ahead', async () => {
      const started = await start();
      await leased(started, 600_000);
      const reply = await ask(started.cache, { ...minute, mine: 'other' });
      expect(reply.kind).toBe('own');
      expect(reply.kind === 'own' && reply.remaining).toBeGreaterThan(590_000);
    });

    it.each([
      ['further ahead: the clock was stepped back', 700_000],
      ['far ahead', Number.MAX_SAFE_INTEGER - Date.now()],
      ['that is past', -1],
      ['long ago', -1e12],
    ])('not a deadline %s', async (_, ms) => {
      const started = await start();
      await leased(started, ms);
      expect((await ask(started.cache)).kind).toBe('lease');
    });

    it.each(['', 'garbage', 'a b c d', '1 2', ' ', 'token soon  1', `t ${'9'.repeat(400)}  1`])(
      'not the lease %j',
      async (lease) => {
        const started = await start();
        await started.raw.command('HSET', started.redisKey, 'lease', lease);
        const { token } = await grant(started.cache);
        expect(await commit(started.cache, token)).toBe(true);
      },
    );

    it('the lease of a commit that asks with its token alone, even past all deadlines', async () => {
      const started = await start();
      await leased(started, -100_000);
      expect(await commit(started.cache, 'other')).toBe(true);
    });
  });

  describe('the value to replace', () => {
    it.each([
      ['', '', 'lease'],
      ['', 'x', ''],
      ['x', '', 'x'],
      ['abc', 'abc', 'lease'],
      ['abcd', 'abc', 'abcd'],
      ['abc', 'abcd', 'abc'],
      ['twelve bytes', 'twelve bytes', 'lease'],
      ['twelve bytes and more', 'twelve bytes', 'lease'],
      ['twelve bytes and more', 'twelve bytes and other', 'lease'],
      ['twelve bytes', 'twelve bytes and more', 'lease'],
      ['twelve byteS and more', 'twelve bytes and more', 'twelve byteS and more'],
      ['=abc', 'abc', '=abc'],
    ])('%j is stored, %j judged: %j', async (stored, replace, expected) => {
      const { cache } = await start();
      await cache.set('k', text(stored));
      expect(shown(await ask(cache, { ...minute, replace: text(replace) }))).toBe(expected);
    });

    it('is compared byte for byte', async () => {
      const { cache } = await start();
      const stale = Uint8Array.from([0, 255, 13, 10, 0x3d, 0, 128, 200, 1, 2, 3, 4, 5]);
      await cache.set('k', stale);
      expect((await ask(cache, { ...minute, replace: stale.map((byte, i) => byte + (i === 5 ? 1 : 0)) })).kind).toBe(
        'hit',
      );
      expect((await ask(cache, { ...minute, replace: stale })).kind).toBe('lease');
    });
  });

  it('a request that is repeated is granted again, at the time of its grant and until the same deadline', async () => {
    const { cache, raw, redisKey } = await start();
    const before = ticksOfMicroseconds(await serverTime(raw));
    const first = await grant(cache, { ...minute, token: 'mine' });
    const after = ticksOfMicroseconds(await serverTime(raw));
    expect(first.grantedAt).toBeGreaterThanOrEqual(before);
    expect(first.grantedAt).toBeLessThanOrEqual(after);
    const { lease } = await fieldsOf(raw, redisKey);
    expect(await grant(cache, { duration: 600_000, token: 'mine' })).toEqual(first);
    expect((await fieldsOf(raw, redisKey)).lease).toBe(lease);
    expect((await ask(cache, { ...minute, token: 'another' })).kind).toBe('busy');
  });

  it('a refusal sends no message; a grant, a commit, a release and a set send one', async () => {
    const { cache, raw, prefix, redisKey } = await start();
    const listener = await RawListener.start(url, prefix);
    const leases = leasesOf(cache);
    const says = async (expected: string[], run: () => Promise<unknown>) => {
      await run();
      expect(await listener.heard()).toEqual(expected);
    };
    const stale = { ...minute, replace: text('stale') };
    await says(['k'], () => grant(cache, { ...minute, token: 'mine' }));
    await says([], () => ask(cache));
    await says([], () => ask(cache, { ...minute, mine: 'mine' }));
    await says([], () => ask(cache, { ...minute, token: 'mine' }));
    await says([], () => commit(cache, 'another'));
    await says([], () => leases.release('k', 'another'));
    await says([], () => cache.get('k'));
    await says([], () => cache.refresh('k'));
    await says(['k'], () => leases.release('k', 'mine'));
    await says([], () => leases.release('k', 'mine'));
    await says([], () => commit(cache, 'mine'));
    await says(['k'], () => grant(cache, { ...minute, token: 'mine' }));
    await says(['k'], () => commit(cache, 'mine', 'stale'));
    await says([], () => ask(cache));
    await says(['k'], () => grant(cache, { ...stale, token: 'mine' }));
    await says([], () => ask(cache, stale));
    await says([], () => ask(cache));
    await says(['k'], () => leases.release('k', 'mine'));
    await says(['k'], () => cache.set('k', text('stale')));
    await says(['k'], () => writeAsDotnet(raw, redisKey, { data: 'stale' }));
    await says(['k'], () => cache.remove('k'));
    await says([], () => cache.remove('k'));
    await says([], () => cache.prefixes.removeByPrefix('k'));
  });

  it('tells of a hit, and of nothing else', async () => {
    const { cache, events } = await start();
    const { token } = await grant(cache);
    await ask(cache);
    await commit(cache, token);
    await ask(cache);
    expect(events.map(({ type }) => type)).toEqual(['set', 'hit']);
  });
});
