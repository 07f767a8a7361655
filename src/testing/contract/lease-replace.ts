import { equal, isMissing, rejects, sameBytes } from './assert.js';
import { leasesOf } from './calls.js';
import { bytes, type Suite } from './context.js';
import { ask, grant, minute, refused } from './lease-steps.js';
import { invalidLifetimes } from './lifetime-validation.js';

const [stored, other, loaded] = [
  bytes('a value of more than 12 bytes'),
  bytes('another value, as long'),
  bytes('loaded'),
];

/** One value in place of another, if that is the one that is stored. */
export function leaseReplaceCases(suite: Suite): void {
  if (!suite.promises('leases')) return;
  suite.retaining('replace stores a value in place of the one that is named', async ({ cache }) => {
    await cache.set('k', stored);
    equal(await leasesOf(cache).replace('k', stored, other), true, 'what replace gives');
    sameBytes(await cache.get('k'), other, 'get afterwards');
    equal(await leasesOf(cache).replace('k', other.slice(0, 12), loaded), true, 'what replace of its beginning gives');
    sameBytes(await cache.get('k'), loaded, 'get afterwards');
  });
  suite.retaining('replace leaves any other value, and its lease', async ({ cache }) => {
    await cache.set('k', stored);
    const token = await grant(cache, { ...minute, replace: stored });
    for (const named of [other, bytes('a value of more than 12 bits'), Uint8Array.of(...stored, 0)]) {
      equal(await leasesOf(cache).replace('k', named, loaded), false, 'what replace gives');
    }
    sameBytes(await cache.get('k'), stored, 'get afterwards');
    await ask(cache, 'own', { ...minute, replace: stored, mine: token });
  });
  suite.it('replace of what is not stored does nothing', async ({ cache }) => {
    const token = await grant(cache);
    equal(await leasesOf(cache).replace('k', stored, other), false, 'what replace gives');
    isMissing(await cache.get('k'), 'get afterwards');
    await ask(cache, 'own', { ...minute, mine: token });
  });
  suite.retaining('commit is refused after a replace', async ({ cache }) => {
    await cache.set('k', stored);
    const token = await grant(cache, { ...minute, replace: stored });
    equal(await leasesOf(cache).replace('k', stored, other), true, 'what replace gives');
    await refused(cache, token, loaded);
    sameBytes(await cache.get('k'), other, 'get afterwards');
    await grant(cache, { ...minute, replace: other });
  });
  suite.retaining('replace stores the value with its expiration, and not with that of the other', async (trial) => {
    await trial.cache.set('k', stored, { slidingExpiration: trial.units(1) });
    const options = { relativeExpiration: trial.units(4) };
    equal(await leasesOf(trial.cache).replace('k', stored, other, options), true, 'what replace gives');
    await trial.wait(2);
    sameBytes(await trial.cache.get('k'), other, 'get before the end');
    await trial.wait(4);
    isMissing(await trial.cache.get('k'), 'get after the end');
  });
  suite.retaining('replace stores the bytes as they are at the call', async ({ cache }) => {
    await cache.set('k', stored);
    const value = bytes('value');
    const done = leasesOf(cache).replace('k', stored, value);
    value.fill(0);
    equal(await done, true, 'what replace gives');
    sameBytes(await cache.get('k'), bytes('value'), 'get afterwards');
  });
  suite.it('replace rejects what is not a Uint8Array', async ({ cache }) => {
    const text = 'text' as unknown as Uint8Array;
    const expected = { type: 'TypeError', codes: ['ERR_INVALID_VALUE'] } as const;
    await rejects(() => leasesOf(cache).replace('k', text, other), expected, 'replace of a string');
    await rejects(() => leasesOf(cache).replace('k', stored, text), expected, 'replace by a string');
  });
  for (const { what, options, expected } of invalidLifetimes) {
    suite.retaining(`replace rejects ${what} with a RangeError, and nothing changes`, async (trial) => {
      await trial.cache.set('k', stored);
      await rejects(() => leasesOf(trial.cache).replace('k', stored, other, options(trial)), expected, 'replace');
      sameBytes(await trial.cache.get('k'), stored, 'get afterwards');
    });
  }
}
