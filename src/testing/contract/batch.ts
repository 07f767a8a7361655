import type { BatchEntry } from 'distributed-cache';
import { check, equal, isMissing, rejects, sameBytes } from './assert.js';
import { batchOf } from './calls.js';
import { bytes, type Suite } from './context.js';

const [a, b] = [bytes('a'), bytes('b')];

const invalidEntries: readonly (readonly [
  what: string,
  entry: unknown,
  type: 'TypeError' | 'RangeError',
  code: string,
])[] = [
  ['key', { key: 42, value: b }, 'TypeError', 'ERR_INVALID_KEY'],
  ['value', { key: 'b', value: 'text' }, 'TypeError', 'ERR_INVALID_VALUE'],
  ['duration', { key: 'b', value: b, options: { slidingExpiration: -1 } }, 'RangeError', 'ERR_INVALID_DURATION'],
  [
    'time',
    { key: 'b', value: b, options: { absoluteExpiration: new Date(0) } },
    'RangeError',
    'ERR_INVALID_EXPIRATION',
  ],
];

/** Many keys in one call. */
export function batchCases(suite: Suite): void {
  if (!suite.promises('batch')) return;
  suite.it('batches of nothing do nothing', async ({ cache }) => {
    equal((await batchOf(cache).getMany([])).length, 0, 'the length of what getMany gives');
    await batchOf(cache).setMany([]);
    await batchOf(cache).removeMany([]);
  });
  suite.it('getMany of absent keys gives a miss for each', async ({ cache }) => {
    const values = await batchOf(cache).getMany(['a', 'b', 'a']);
    equal(values.length, 3, 'the length of what getMany gives');
    for (const value of values) isMissing(value, 'a value that getMany gives');
  });
  suite.it('a list that is no array is rejected with a TypeError', async ({ cache }) => {
    const expected = { type: 'TypeError', codes: ['ERR_INVALID_ARGUMENT'] } as const;
    await rejects(() => batchOf(cache).getMany('k' as unknown as string[]), expected, 'getMany of a string');
    await rejects(() => batchOf(cache).setMany(undefined as unknown as BatchEntry[]), expected, 'setMany of undefined');
    await rejects(() => batchOf(cache).removeMany({} as unknown as string[]), expected, 'removeMany of an object');
  });
  for (const [what, entry, type, code] of invalidEntries) {
    suite.it(`setMany with one invalid ${what} rejects with a ${type}, and nothing is written`, async ({ cache }) => {
      const entries = [{ key: 'a', value: a }, entry as BatchEntry];
      await rejects(() => batchOf(cache).setMany(entries), { type, codes: [code] }, 'setMany');
      isMissing(await cache.get('a'), 'get of the valid entry before it');
      isMissing(await cache.get('b'), 'get of the invalid entry');
    });
  }
  suite.retaining('getMany gives the values in the order of the keys', async ({ cache }) => {
    await cache.set('a', a);
    await cache.set('b', b);
    const values = await batchOf(cache).getMany(['b', 'absent', 'a']);
    equal(values.length, 3, 'the length of what getMany gives');
    sameBytes(values[0], b, 'the first');
    isMissing(values[1], 'the second');
    sameBytes(values[2], a, 'the third');
  });
  suite.retaining('getMany gives a key that is asked for twice twice, in arrays of their own', async ({ cache }) => {
    await cache.set('a', a);
    const [first, second] = await batchOf(cache).getMany(['a', 'a']);
    first?.fill(0);
    sameBytes(second, a, 'the second');
    sameBytes(await cache.get('a'), a, 'get afterwards');
  });
  suite.retaining('getMany restarts sliding windows', async (trial) => {
    await trial.cache.set('a', a, { slidingExpiration: trial.units(3) });
    for (let times = 0; times < 3; times++) {
      await trial.wait(2);
      sameBytes((await batchOf(trial.cache).getMany(['b', 'a']))[1], a, 'getMany within the window');
    }
  });
  suite.retaining('getMany gives no expired entry', async (trial) => {
    await trial.cache.set('a', a, { relativeExpiration: trial.units(1) });
    await trial.wait(2);
    isMissing((await batchOf(trial.cache).getMany(['a']))[0], 'getMany after the end');
  });
  suite.retaining('setMany stores all entries, each with its own expiration', async (trial) => {
    const short = { relativeExpiration: trial.units(1) };
    await batchOf(trial.cache).setMany([
      { key: 'a', value: a, options: short },
      { key: 'b', value: b },
    ]);
    sameBytes(await trial.cache.get('a'), a, 'get of the first');
    await trial.wait(2);
    isMissing(await trial.cache.get('a'), 'get of the first after its end');
    sameBytes(await trial.cache.get('b'), b, 'get of the second');
  });
  suite.retaining('setMany takes the place of whole previous entries', async (trial) => {
    await trial.cache.set('a', bytes('old'), { slidingExpiration: trial.units(1) });
    await batchOf(trial.cache).setMany([{ key: 'a', value: a }]);
    await trial.wait(2);
    sameBytes(await trial.cache.get('a'), a, 'get after the window of the entry that was overwritten');
  });
  suite.retaining('of two entries for one key in setMany the later wins', async (trial) => {
    const short = { relativeExpiration: trial.units(1) };
    await batchOf(trial.cache).setMany([
      { key: 'k', value: a, options: short },
      { key: 'k', value: b },
    ]);
    await trial.wait(2);
    sameBytes(await trial.cache.get('k'), b, 'get afterwards');
  });
  suite.retaining('setMany stores the bytes as they are at the call', async ({ cache }) => {
    const value = bytes('value');
    const done = batchOf(cache).setMany([{ key: 'k', value }]);
    value.fill(0);
    await done;
    sameBytes(await cache.get('k'), bytes('value'), 'get afterwards');
  });
  suite.retaining('a setMany that is refused leaves previous entries', async ({ cache }) => {
    await cache.set('a', bytes('old'));
    const entries = [
      { key: 'a', value: a },
      { key: 'b', value: 'text' as unknown as Uint8Array },
    ];
    const expected = { type: 'TypeError', codes: ['ERR_INVALID_VALUE'] } as const;
    await rejects(() => batchOf(cache).setMany(entries), expected, 'setMany');
    sameBytes(await cache.get('a'), bytes('old'), 'get afterwards');
  });
  suite.retaining('removeMany removes just these keys, absent and repeated ones among them', async ({ cache }) => {
    for (const key of ['a', 'b', 'c']) await cache.set(key, a);
    await batchOf(cache).removeMany(['a', 'absent', 'a', 'b']);
    isMissing(await cache.get('a'), 'get of the first');
    isMissing(await cache.get('b'), 'get of the second');
    sameBytes(await cache.get('c'), a, 'get of a key that was not named');
  });
  suite.retaining('batches of 1,000 keys work', async ({ cache }) => {
    const keys = Array.from({ length: 1_000 }, (_, i) => `key ${i}`);
    await batchOf(cache).setMany(keys.map((key) => ({ key, value: bytes(key) })));
    const values = await batchOf(cache).getMany(keys);
    keys.forEach((key, i) => {
      sameBytes(values[i], bytes(key), `getMany of '${key}'`);
    });
    await batchOf(cache).removeMany(keys);
    const left = (await batchOf(cache).getMany(keys)).filter((value) => value !== undefined);
    check(left.length === 0, 'getMany after removeMany', 'misses only', `${left.length} values`);
  });
}
