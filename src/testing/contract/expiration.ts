import type { DistributedCache, EntryOptions } from 'distributed-cache';
import { isMissing, sameBytes } from './assert.js';
import { bytes, type Suite, type Trial } from './context.js';

const value = bytes('value');

const set = ({ cache }: Trial, options?: EntryOptions) => cache.set('k', value, options);
const lives = async ({ cache }: Trial, when: string) => sameBytes(await cache.get('k'), value, `get ${when}`);
const over = async ({ cache }: Trial, when: string) => isMissing(await cache.get('k'), `get ${when}`);
const after = (trial: Trial, units: number) => new Date(trial.now() + trial.units(units));

/** Reads or refreshes each unit, for longer than any cap of the cases. */
async function touch(trial: Trial, how: (cache: DistributedCache) => Promise<unknown>): Promise<void> {
  for (let unit = 0; unit < 4; unit++) {
    await trial.wait(1);
    await how(trial.cache);
  }
  await trial.wait(1);
}

/** How long an entry lives, with a unit of tolerance. */
export function expirationCases(suite: Suite): void {
  suite.retaining('an entry without an expiration stays', async (trial) => {
    await set(trial);
    await trial.wait(3);
    await lives(trial, 'long after set');
  });
  suite.retaining('a relative expiration ends the entry', async (trial) => {
    await set(trial, { relativeExpiration: trial.units(2) });
    await trial.wait(1);
    await lives(trial, 'before the end');
    await trial.wait(2);
    await over(trial, 'after the end');
  });
  suite.retaining('an absolute expiration ends the entry', async (trial) => {
    await set(trial, { absoluteExpiration: after(trial, 2) });
    await trial.wait(1);
    await lives(trial, 'before the end');
    await trial.wait(2);
    await over(trial, 'after the end');
  });
  suite.retaining('a sliding expiration ends an entry that nobody reads', async (trial) => {
    await set(trial, { slidingExpiration: trial.units(2) });
    await trial.wait(3);
    await over(trial, 'after the window');
  });
  suite.retaining('get restarts the sliding window', async (trial) => {
    await set(trial, { slidingExpiration: trial.units(3) });
    for (const when of ['the first time', 'the second time', 'the third time']) {
      await trial.wait(2);
      await lives(trial, when);
    }
    await trial.wait(4);
    await over(trial, 'after a whole window');
  });
  suite.retaining('refresh restarts the sliding window', async (trial) => {
    await set(trial, { slidingExpiration: trial.units(3) });
    for (let times = 0; times < 3; times++) {
      await trial.wait(2);
      isMissing(await trial.cache.refresh('k'), 'what refresh gives');
    }
    await trial.wait(2);
    await lives(trial, 'within the window since the last refresh');
  });
  suite.retaining('neither get nor refresh prolongs an entry without a sliding window', async (trial) => {
    await set(trial, { relativeExpiration: trial.units(3) });
    await trial.wait(2);
    await lives(trial, 'before the end');
    await trial.cache.refresh('k');
    await trial.wait(2);
    await over(trial, 'after the end');
  });
  suite.retaining('refresh does not bring an expired entry back', async (trial) => {
    await set(trial, { slidingExpiration: trial.units(1) });
    await trial.wait(2);
    await trial.cache.refresh('k');
    await over(trial, 'after refresh');
  });
  suite.retaining('a relative expiration wins over a later absolute one', async (trial) => {
    await set(trial, { relativeExpiration: trial.units(1), absoluteExpiration: after(trial, 20) });
    await trial.wait(2);
    await over(trial, 'after the relative end');
  });
  suite.retaining('a relative expiration wins over an earlier absolute one', async (trial) => {
    await set(trial, { relativeExpiration: trial.units(20), absoluteExpiration: after(trial, 1) });
    await trial.wait(2);
    await lives(trial, 'between the absolute and the relative end');
  });
  const caps: readonly (readonly [name: string, options: (trial: Trial) => EntryOptions])[] = [
    ['a relative', (trial) => ({ relativeExpiration: trial.units(3) })],
    ['an absolute', (trial) => ({ absoluteExpiration: after(trial, 3) })],
  ];
  for (const [name, options] of caps) {
    suite.retaining(`get cannot prolong a sliding entry past ${name} expiration`, async (trial) => {
      await set(trial, { slidingExpiration: trial.units(2), ...options(trial) });
      await touch(trial, (cache) => cache.get('k'));
      await over(trial, 'after the cap');
    });
    suite.retaining(`refresh cannot prolong a sliding entry past ${name} expiration`, async (trial) => {
      await set(trial, { slidingExpiration: trial.units(2), ...options(trial) });
      await touch(trial, (cache) => cache.refresh('k'));
      await over(trial, 'after the cap');
    });
    suite.retaining(`a sliding window longer than ${name} expiration does not prolong it`, async (trial) => {
      await set(trial, { slidingExpiration: trial.units(20), ...options(trial) });
      await trial.wait(4);
      await over(trial, 'after the cap');
    });
  }
  suite.retaining('an overwritten entry does not keep its old expiration', async (trial) => {
    await set(trial, { relativeExpiration: trial.units(1) });
    await set(trial);
    await trial.wait(2);
    await lives(trial, 'after the end of the entry that was overwritten');
  });
  suite.retaining('an overwritten entry does not keep its old sliding window', async (trial) => {
    await set(trial, { slidingExpiration: trial.units(1) });
    await set(trial);
    await trial.wait(2);
    await lives(trial, 'after the window of the entry that was overwritten');
  });
  suite.retaining('a shorter expiration takes the place of a longer one', async (trial) => {
    await set(trial, { relativeExpiration: trial.units(20), slidingExpiration: trial.units(10) });
    await set(trial, { relativeExpiration: trial.units(1) });
    await trial.wait(2);
    await over(trial, 'after the new end');
  });
  suite.retaining('an expired entry can be set again', async (trial) => {
    await set(trial, { relativeExpiration: trial.units(1) });
    await trial.wait(2);
    await set(trial, { relativeExpiration: trial.units(2) });
    await trial.wait(1);
    await lives(trial, 'before the end of the new entry');
  });
  suite.retaining('a duration may be a string with a unit', async (trial) => {
    await trial.cache.set('short', value, { relativeExpiration: `${trial.units(1)}ms` });
    await trial.cache.set('long', value, { relativeExpiration: '1d', slidingExpiration: '1.5h' });
    await trial.wait(2);
    isMissing(await trial.cache.get('short'), 'get after the end');
    sameBytes(await trial.cache.get('long'), value, 'get before the end');
  });
  suite.retaining('an expiration further off than 2^31 ms does not end the entry early', async (trial) => {
    await trial.cache.set('relative', value, { relativeExpiration: '30d' });
    await trial.cache.set('absolute', value, { absoluteExpiration: new Date(trial.now() + 50 * 365 * 86_400_000) });
    await trial.cache.set('sliding', value, { slidingExpiration: '60d' });
    await trial.wait(1);
    for (const key of ['relative', 'absolute', 'sliding'])
      sameBytes(await trial.cache.get(key), value, `get of ${key}`);
  });
}
