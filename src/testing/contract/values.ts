import { check, isMissing, rejects, sameBytes } from './assert.js';
import { bytes, type Suite, type Trial } from './context.js';

const notBytes: readonly unknown[] = [
  undefined,
  null,
  'text',
  42,
  [1, 2],
  {},
  new ArrayBuffer(2),
  new DataView(new ArrayBuffer(2)),
  new Uint16Array(2),
  new Int8Array(2),
  new Uint8ClampedArray(2),
];

async function roundTrip({ cache }: Trial, value: Uint8Array, expected: Uint8Array): Promise<void> {
  await cache.set('k', value);
  sameBytes(await cache.get('k'), expected, 'get after set');
}

/** What is a value, and whose. */
export function valueCases(suite: Suite): void {
  suite.it('set rejects a value that is not a Uint8Array with a TypeError, and never throws', async ({ cache }) => {
    for (const value of notBytes) {
      const what = `set of ${Object.prototype.toString.call(value)}`;
      await rejects(
        () => cache.set('k', value as Uint8Array),
        { type: 'TypeError', codes: ['ERR_INVALID_VALUE'] },
        what,
      );
    }
    isMissing(await cache.get('k'), 'get afterwards');
  });
  suite.retaining('a value that is refused leaves the previous entry', async ({ cache }) => {
    await cache.set('k', bytes('old'));
    const set = () => cache.set('k', 'text' as unknown as Uint8Array);
    await rejects(set, { type: 'TypeError', codes: ['ERR_INVALID_VALUE'] }, 'set of a string');
    sameBytes(await cache.get('k'), bytes('old'), 'get afterwards');
  });
  suite.retaining('what was set is what get gives, as a Uint8Array', async (trial) => {
    const value = Uint8Array.from({ length: 256 }, (_, i) => i);
    await roundTrip(trial, value, value);
  });
  suite.retaining('a set takes the place of the previous value', async (trial) => {
    await trial.cache.set('k', bytes('a longer old value'));
    await roundTrip(trial, bytes('new'), bytes('new'));
  });
  suite.retaining('a value of 0 bytes is a value', async (trial) => {
    await trial.cache.set('k', bytes('old'));
    await roundTrip(trial, new Uint8Array(0), new Uint8Array(0));
  });
  suite.retaining('a value of 1 MB is stored whole', async (trial) => {
    const value = Uint8Array.from({ length: 2 ** 20 }, (_, i) => (i * 31) % 251);
    await roundTrip(trial, value, value);
  });
  suite.retaining('of a view into a larger buffer only the view is stored', async (trial) => {
    const buffer = bytes('before|value|after');
    await roundTrip(trial, buffer.subarray(7, 12), bytes('value'));
  });
  suite.retaining('bytes in a SharedArrayBuffer are stored as they are at the call', async ({ cache }) => {
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    shared.set([1, 2, 3, 4]);
    const done = cache.set('k', shared);
    shared.fill(9);
    await done;
    const value = await cache.get('k');
    sameBytes(value, Uint8Array.of(1, 2, 3, 4), 'get after set');
    check(value.buffer instanceof ArrayBuffer, 'the buffer of what get gives', 'an ArrayBuffer', value.buffer);
  });
  suite.retaining('a change of the array after the call of set changes nothing that is stored', async ({ cache }) => {
    const value = bytes('value');
    const done = cache.set('k', value);
    value.fill(0);
    await done;
    sameBytes(await cache.get('k'), bytes('value'), 'get after a change while set was under way');
    value.fill(1);
    sameBytes(await cache.get('k'), bytes('value'), 'get after a change when set was done');
  });
  suite.retaining('a change of what get gave changes nothing that is stored', async ({ cache }) => {
    await cache.set('k', bytes('value'));
    const first = await cache.get('k');
    const second = await cache.get('k');
    first?.fill(0);
    sameBytes(second, bytes('value'), 'what another get had given');
    sameBytes(await cache.get('k'), bytes('value'), 'get afterwards');
  });
  suite.retaining('a removed entry is a miss until it is set again', async ({ cache }) => {
    await cache.set('k', bytes('old'));
    await cache.remove('k');
    isMissing(await cache.get('k'), 'get after remove');
    await cache.set('k', bytes('new'));
    sameBytes(await cache.get('k'), bytes('new'), 'get after another set');
  });
}
