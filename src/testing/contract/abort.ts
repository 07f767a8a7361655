import { isMissing, rejectsWith, sameBytes } from './assert.js';
import { batchOf, callsOf, prefixesOf } from './calls.js';
import { bytes, type Suite } from './context.js';

const reason = new Error('the reason of the abort');
const aborted = () => {
  const controller = new AbortController();
  controller.abort(reason);
  return { signal: controller.signal };
};

/** What an aborted signal does. */
export function abortCases(suite: Suite): void {
  for (const { name, takesSignal, run } of callsOf(suite)) {
    if (!takesSignal) continue;
    suite.it(`${name} rejects with the reason of a signal that is aborted already`, async ({ cache }) => {
      await rejectsWith(() => run(cache, 'k', aborted()), reason, name);
    });
  }
  suite.it('a signal that is not aborted changes nothing', async ({ cache }) => {
    const { signal } = new AbortController();
    for (const { takesSignal, run } of callsOf(suite)) if (takesSignal) await run(cache, 'k', { signal });
  });
  suite.retaining('an aborted set stores nothing and leaves the previous entry', async ({ cache }) => {
    await cache.set('old', bytes('old'));
    await rejectsWith(() => cache.set('old', bytes('new'), aborted()), reason, 'set over an entry');
    await rejectsWith(() => cache.set('absent', bytes('new'), aborted()), reason, 'set of an absent key');
    sameBytes(await cache.get('old'), bytes('old'), 'get of the previous entry');
    isMissing(await cache.get('absent'), 'get of the absent key');
  });
  suite.retaining('an aborted remove removes nothing', async ({ cache }) => {
    await cache.set('k', bytes('value'));
    await rejectsWith(() => cache.remove('k', aborted()), reason, 'remove');
    sameBytes(await cache.get('k'), bytes('value'), 'get afterwards');
  });
  suite.retaining('an aborted get or refresh does not restart the sliding window', async (trial) => {
    await trial.cache.set('k', bytes('value'), { slidingExpiration: trial.units(2) });
    await trial.wait(1);
    await rejectsWith(() => trial.cache.get('k', aborted()), reason, 'get');
    await rejectsWith(() => trial.cache.refresh('k', aborted()), reason, 'refresh');
    await trial.wait(2);
    isMissing(await trial.cache.get('k'), 'get after the first window');
  });
  suite.retaining('a set aborted under way is either whole or absent', async (trial) => {
    await trial.cache.set('k', bytes('old'));
    const controller = new AbortController();
    const done = trial.cache.set('k', bytes('new'), { signal: controller.signal });
    controller.abort(reason);
    const stored = await done.then(
      () => true,
      () => false,
    );
    await trial.settle();
    const value = await trial.cache.get('k');
    // One that rejected may have been carried out all the same; one that resolved must have been.
    const kept = !stored && value?.length === bytes('old').length && value[0] === bytes('old')[0];
    sameBytes(value, bytes(kept ? 'old' : 'new'), 'get afterwards');
  });
  if (suite.promises('batch')) {
    suite.retaining('aborted batches change nothing', async ({ cache }) => {
      await cache.set('k', bytes('old'));
      const set = () => batchOf(cache).setMany([{ key: 'k', value: bytes('new') }], aborted());
      await rejectsWith(set, reason, 'setMany');
      await rejectsWith(() => batchOf(cache).removeMany(['k'], aborted()), reason, 'removeMany');
      sameBytes(await cache.get('k'), bytes('old'), 'get afterwards');
    });
  }
  if (suite.promises('prefixes')) {
    suite.retaining('an aborted removeByPrefix removes nothing', async ({ cache }) => {
      await cache.set('k', bytes('value'));
      await rejectsWith(() => prefixesOf(cache).removeByPrefix('', aborted()), reason, 'removeByPrefix');
      sameBytes(await cache.get('k'), bytes('value'), 'get afterwards');
    });
  }
}
