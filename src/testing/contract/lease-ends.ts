import type { DistributedCache } from 'distributed-cache';
import { isMissing, sameBytes } from './assert.js';
import { batchOf, leasesOf, prefixesOf } from './calls.js';
import { bytes, type Suite } from './context.js';
import { accepted, ask, grant, minute, refused } from './lease-steps.js';

const [stale, loaded, other] = [bytes('stale'), bytes('loaded'), bytes('other')];

interface End {
  readonly what: string;
  readonly run: (cache: DistributedCache) => Promise<unknown>;
  /** What is stored afterwards. */
  readonly leaves: Uint8Array | undefined;
}

function endsOf(suite: Suite): readonly End[] {
  const ends: End[] = [
    { what: 'a remove', run: (cache) => cache.remove('k'), leaves: undefined },
    { what: 'a set', run: (cache) => cache.set('k', other), leaves: other },
    { what: 'a set of the same bytes again', run: (cache) => cache.set('k', stale), leaves: stale },
    {
      what: 'a set and a remove',
      run: async (cache) => {
        await cache.set('k', other);
        await cache.remove('k');
      },
      leaves: undefined,
    },
  ];
  if (suite.promises('batch')) {
    ends.push(
      { what: 'a removeMany', run: (cache) => batchOf(cache).removeMany(['a', 'k']), leaves: undefined },
      { what: 'a setMany', run: (cache) => batchOf(cache).setMany([{ key: 'k', value: other }]), leaves: other },
    );
  }
  if (suite.promises('prefixes')) {
    ends.push(
      { what: 'a removeByPrefix', run: (cache) => prefixesOf(cache).removeByPrefix('k'), leaves: undefined },
      {
        what: 'a removeByPrefix of everything',
        run: (cache) => prefixesOf(cache).removeByPrefix(''),
        leaves: undefined,
      },
    );
  }
  return ends;
}

async function leaves(cache: DistributedCache, expected: Uint8Array | undefined): Promise<void> {
  const value = await cache.get('k');
  if (expected === undefined) isMissing(value, 'get afterwards');
  else sameBytes(value, expected, 'get afterwards');
}

/** What ends a lease, so that its holder's value is refused, and what does not. */
export function leaseEndCases(suite: Suite): void {
  if (!suite.promises('leases')) return;
  for (const { what, run, leaves: expected } of endsOf(suite)) {
    suite.retaining(`commit is refused after ${what} of the missing key`, async ({ cache }) => {
      const token = await grant(cache);
      await run(cache);
      await refused(cache, token, loaded);
      await leaves(cache, expected);
    });
    suite.retaining(`commit is refused after ${what} over the stale value`, async ({ cache }) => {
      await cache.set('k', stale);
      const token = await grant(cache, { ...minute, replace: stale });
      await run(cache);
      await refused(cache, token, loaded);
      await leaves(cache, expected);
    });
  }
  suite.it('a lease whose key was removed is free for the next asker', async ({ cache }) => {
    const token = await grant(cache);
    await cache.remove('k');
    const next = await grant(cache);
    await refused(cache, token, loaded);
    await ask(cache, 'own', { ...minute, mine: next });
  });
  suite.retaining('a second commit of one lease is refused', async ({ cache }) => {
    const token = await grant(cache);
    await accepted(cache, token, loaded);
    await refused(cache, token, other);
    await leaves(cache, loaded);
  });
  suite.it('release frees the lease: commit is refused, the next asker may load', async ({ cache }) => {
    const token = await grant(cache);
    await leasesOf(cache).release('k', token);
    await refused(cache, token, loaded);
    await leaves(cache, undefined);
    await grant(cache);
  });
  suite.retaining('release leaves the stale value', async ({ cache }) => {
    await cache.set('k', stale);
    await leasesOf(cache).release('k', await grant(cache, { ...minute, replace: stale }));
    await leaves(cache, stale);
    await grant(cache, { ...minute, replace: stale });
  });
  suite.retaining('release leaves the lifetime of the stale value', async (trial) => {
    await trial.cache.set('k', stale, { slidingExpiration: trial.units(3) });
    await leasesOf(trial.cache).release('k', await grant(trial.cache, { ...minute, replace: stale }));
    for (let times = 0; times < 2; times++) {
      await trial.wait(2);
      await leaves(trial.cache, stale);
    }
    await trial.wait(4);
    await leaves(trial.cache, undefined);
  });
  suite.retaining('release of a lease that is over does nothing', async ({ cache }) => {
    const token = await grant(cache);
    await accepted(cache, token, loaded);
    await leasesOf(cache).release('k', token);
    await leaves(cache, loaded);
    await leasesOf(cache).release('absent', token);
  });
  suite.it('release with the token of another leaves the lease', async ({ cache }) => {
    const token = await grant(cache);
    await leasesOf(cache).release('k', `${token} of another`);
    await ask(cache, 'own', { ...minute, mine: token });
  });
  suite.it('past its deadline a lease is free for the next asker', async (trial) => {
    await grant(trial.cache, { duration: trial.units(1) });
    await trial.wait(2);
    await grant(trial.cache);
  });
  suite.retaining('past its deadline a lease over a stale value is free for the next asker', async (trial) => {
    await trial.cache.set('k', stale);
    await grant(trial.cache, { duration: trial.units(1), replace: stale });
    await trial.wait(2);
    await grant(trial.cache, { ...minute, replace: stale });
  });
  suite.retaining('a late commit is refused once another has the lease', async (trial) => {
    const late = await grant(trial.cache, { duration: trial.units(1) });
    await trial.wait(2);
    const token = await grant(trial.cache);
    await refused(trial.cache, late, other);
    await leaves(trial.cache, undefined);
    await accepted(trial.cache, token, loaded);
    await leaves(trial.cache, loaded);
  });
  suite.retaining('a late commit is refused after the commit of another', async (trial) => {
    const late = await grant(trial.cache, { duration: trial.units(1) });
    await trial.wait(2);
    await accepted(trial.cache, await grant(trial.cache), loaded);
    await refused(trial.cache, late, other);
    await leaves(trial.cache, loaded);
  });
  suite.it('a late release leaves the lease that another has', async (trial) => {
    const late = await grant(trial.cache, { duration: trial.units(1) });
    await trial.wait(2);
    const token = await grant(trial.cache);
    await leasesOf(trial.cache).release('k', late);
    await ask(trial.cache, 'own', { ...minute, mine: token });
  });
  suite.retaining('get, refresh and a change of other keys leave the lease', async ({ cache }) => {
    await cache.set('k', stale, { slidingExpiration: '1h' });
    const token = await grant(cache, { ...minute, replace: stale });
    await cache.get('k');
    await cache.refresh('k');
    await cache.set('other', other);
    await cache.remove('other');
    if (suite.promises('prefixes')) await prefixesOf(cache).removeByPrefix('ko');
    await accepted(cache, token, loaded);
    await leaves(cache, loaded);
  });
  suite.retaining('a set that is refused leaves the lease', async ({ cache }) => {
    const token = await grant(cache);
    await cache.set('k', other, { relativeExpiration: -1 }).catch(() => {});
    await accepted(cache, token, loaded);
    await leaves(cache, loaded);
  });
}
