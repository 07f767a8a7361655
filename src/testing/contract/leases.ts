import type { Duration } from 'distributed-cache';
import { check, collect, equal, isMissing, rejects, sameBytes, sameKeys } from './assert.js';
import { batchOf, leasesOf, prefixesOf } from './calls.js';
import { bytes, type Suite } from './context.js';
import { accepted, ask, grant, minute, refused } from './lease-steps.js';
import { invalidLifetimes } from './lifetime-validation.js';

const [stale, loaded] = [bytes('a stale value of more than 12 bytes'), bytes('loaded')];
const unixEpochTicks = 621_355_968_000_000_000n;

/** How a lease is granted, and what it does while it stands. */
export function leaseCases(suite: Suite): void {
  if (!suite.promises('leases')) return;
  suite.it('a lease is granted on a miss, with a token and the time in UTC ticks', async ({ cache }) => {
    const { token, grantedAt } = await ask(cache, 'lease');
    check(typeof token === 'string' && token !== '', 'the token', 'a string that is not empty', token);
    check(
      typeof grantedAt === 'bigint' && grantedAt > unixEpochTicks,
      'grantedAt',
      'ticks since 0001 as a bigint',
      grantedAt,
    );
  });
  suite.it('a later grant has a later time and another token', async (trial) => {
    const first = await ask(trial.cache, 'lease', minute, 'a');
    await trial.wait(1);
    const second = await ask(trial.cache, 'lease', minute, 'b');
    check(
      second.grantedAt > first.grantedAt,
      'grantedAt of the second',
      `more than ${first.grantedAt}`,
      second.grantedAt,
    );
    check(second.token !== first.token, 'the second token', 'another one than the first', second.token);
  });
  suite.it(
    'a lease is granted under the token that the asker names, and again where the request is repeated',
    async ({ cache }) => {
      const named = { ...minute, token: 'named-by-the-asker' };
      const first = await ask(cache, 'lease', named);
      equal(first.token, named.token, 'the token');
      equal((await ask(cache, 'lease', named)).grantedAt, first.grantedAt, 'grantedAt of the repeated request');
      await ask(cache, 'busy', { ...minute, token: 'another' });
      await accepted(cache, named.token, loaded);
    },
  );
  suite.it('a second asker is told that it is busy, and for how long at most', async ({ cache }) => {
    await grant(cache);
    const { remaining } = await ask(cache, 'busy');
    check(remaining > 0 && remaining <= 60_000, 'remaining', 'more than 0 and at most 60000', remaining);
  });
  suite.exact('remaining is the time to the deadline, and asking does not move it', async (trial) => {
    await grant(trial.cache, { duration: 1_000 });
    await trial.advance(300);
    equal((await ask(trial.cache, 'busy')).remaining, 700, 'remaining after 300 ms');
    await trial.advance(699);
    equal((await ask(trial.cache, 'busy')).remaining, 1, 'remaining after 999 ms');
    await trial.advance(1);
    await grant(trial.cache);
  });
  suite.it('the holder who names its token is told that the lease is its own', async ({ cache }) => {
    const token = await grant(cache);
    const { remaining } = await ask(cache, 'own', { ...minute, mine: token });
    check(remaining > 0 && remaining <= 60_000, 'remaining', 'more than 0 and at most 60000', remaining);
    await ask(cache, 'busy', { ...minute, mine: `${token} of another` });
  });
  suite.it('leases on different keys are different leases', async ({ cache }) => {
    const token = await grant(cache, minute, 'k');
    const other = await grant(cache, minute, 'other');
    await leasesOf(cache).release('other', other);
    await ask(cache, 'own', { ...minute, mine: token });
  });
  suite.retaining('what is stored is a hit, and nothing is granted', async ({ cache }) => {
    await cache.set('k', loaded);
    const hit = await ask(cache, 'hit');
    sameBytes(hit.value, loaded, 'the value of the hit');
    hit.value.fill(0);
    sameBytes((await ask(cache, 'hit')).value, loaded, 'the value of the next hit');
  });
  suite.retaining(
    'a lease is granted over a value that the asker judged stale, which can be read meanwhile',
    async ({ cache }) => {
      await cache.set('k', stale);
      const token = await grant(cache, { ...minute, replace: stale });
      sameBytes(await cache.get('k'), stale, 'get while the lease stands');
      sameBytes((await ask(cache, 'hit')).value, stale, 'the hit of one who judged nothing');
      await ask(cache, 'busy', { ...minute, replace: stale });
      await accepted(cache, token, loaded);
      sameBytes(await cache.get('k'), loaded, 'get after commit');
    },
  );
  suite.retaining('a grant says whether the value that was judged stale is still stored', async ({ cache }) => {
    await cache.set('k', stale);
    const over = await ask(cache, 'lease', { ...minute, replace: stale, token: 'named' });
    equal(over.hasValue, true, 'hasValue of a lease over a value');
    const again = await ask(cache, 'lease', { ...minute, replace: stale, token: 'named' });
    equal(again.hasValue, true, 'hasValue of the repeated request');
    await cache.remove('k');
    equal((await ask(cache, 'lease', { ...minute, replace: stale })).hasValue, false, 'hasValue after a removal');
  });
  suite.it('a grant says that no value is stored where none is', async ({ cache }) => {
    equal((await ask(cache, 'lease')).hasValue, false, 'hasValue');
  });
  suite.retaining('the first 12 bytes of a stale value are enough', async ({ cache }) => {
    await cache.set('k', stale);
    await grant(cache, { ...minute, replace: stale.slice(0, 12) });
  });
  suite.retaining('a value other than the one judged stale is a hit', async ({ cache }) => {
    await cache.set('k', bytes('newer'));
    sameBytes((await ask(cache, 'hit', { ...minute, replace: stale })).value, bytes('newer'), 'the hit');
    sameBytes((await ask(cache, 'hit', { ...minute, replace: bytes('new') })).value, bytes('newer'), 'the hit');
  });
  suite.it('a key that is only leased is no entry', async ({ cache }) => {
    const token = await grant(cache);
    isMissing(await cache.get('k'), 'get');
    await cache.refresh('k');
    if (suite.promises('batch')) isMissing((await batchOf(cache).getMany(['k']))[0], 'getMany');
    if (suite.promises('prefixes')) sameKeys(await collect(prefixesOf(cache).keys('')), [], 'keys');
    await ask(cache, 'own', { ...minute, mine: token });
    if (suite.promises('prefixes')) equal(await prefixesOf(cache).removeByPrefix(''), 0, 'what removeByPrefix gives');
  });
  suite.retaining('commit stores the value with its expiration', async (trial) => {
    const token = await grant(trial.cache);
    const options = { relativeExpiration: trial.units(2) };
    equal(await leasesOf(trial.cache).commit('k', token, loaded, options), true, 'what commit gives');
    await trial.wait(1);
    sameBytes(await trial.cache.get('k'), loaded, 'get before the end');
    await trial.wait(2);
    isMissing(await trial.cache.get('k'), 'get after the end');
  });
  suite.retaining('commit stores the value with its sliding window', async (trial) => {
    const token = await grant(trial.cache);
    const options = { slidingExpiration: trial.units(3) };
    equal(await leasesOf(trial.cache).commit('k', token, loaded, options), true, 'what commit gives');
    for (let times = 0; times < 2; times++) {
      await trial.wait(2);
      sameBytes(await trial.cache.get('k'), loaded, 'get within the window');
    }
    await trial.wait(4);
    isMissing(await trial.cache.get('k'), 'get after the window');
  });
  suite.retaining('commit over a stale value does not keep its expiration', async (trial) => {
    await trial.cache.set('k', stale, { relativeExpiration: trial.units(2) });
    await accepted(trial.cache, await grant(trial.cache, { ...minute, replace: stale }), loaded);
    await trial.wait(3);
    sameBytes(await trial.cache.get('k'), loaded, 'get after the end of the stale entry');
  });
  suite.retaining('commit without an expiration does not end with the lease', async (trial) => {
    await accepted(trial.cache, await grant(trial.cache, { duration: trial.units(2) }), loaded);
    await trial.wait(3);
    sameBytes(await trial.cache.get('k'), loaded, 'get after the deadline of the lease');
  });
  suite.retaining('commit stores the bytes as they are at the call', async ({ cache }) => {
    const value = bytes('value');
    const done = leasesOf(cache).commit('k', await grant(cache), value);
    value.fill(0);
    equal(await done, true, 'what commit gives');
    sameBytes(await cache.get('k'), bytes('value'), 'get afterwards');
  });
  suite.it('commit with an unknown token is refused', async ({ cache }) => {
    const token = await grant(cache);
    await refused(cache, `${token} of another`, loaded);
    isMissing(await cache.get('k'), 'get afterwards');
    await ask(cache, 'own', { ...minute, mine: token });
  });
  suite.it('commit rejects a value that is not a Uint8Array, and the lease stands', async ({ cache }) => {
    const token = await grant(cache);
    const commit = () => leasesOf(cache).commit('k', token, 'text' as unknown as Uint8Array);
    await rejects(commit, { type: 'TypeError', codes: ['ERR_INVALID_VALUE'] }, 'commit of a string');
    await ask(cache, 'own', { ...minute, mine: token });
  });
  for (const { what, options, expected } of invalidLifetimes) {
    suite.it(`commit rejects ${what} with a RangeError, and the lease stands`, async (trial) => {
      const token = await grant(trial.cache);
      await rejects(() => leasesOf(trial.cache).commit('k', token, loaded, options(trial)), expected, 'commit');
      isMissing(await trial.cache.get('k'), 'get afterwards');
      await ask(trial.cache, 'own', { ...minute, mine: token });
    });
  }
  suite.it('a lease may last up to 10 minutes', async ({ cache }) => {
    for (const duration of [0, -1, Number.NaN, Infinity, 600_001, '11m', '5 parsecs'] as Duration[]) {
      const expected = { type: 'RangeError', codes: ['ERR_INVALID_DURATION'], says: ['duration'] } as const;
      await rejects(() => leasesOf(cache).getOrLease('k', { duration }), expected, `getOrLease for ${duration}`);
    }
    await grant(cache, { duration: '10m' });
  });
}
