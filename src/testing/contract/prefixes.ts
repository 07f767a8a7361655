import type { DistributedCache } from 'distributed-cache';
import { collect, equal, isMissing, sameBytes, sameKeys } from './assert.js';
import { prefixesOf } from './calls.js';
import { bytes, type Suite } from './context.js';

const value = bytes('value');

async function fill(cache: DistributedCache, keys: readonly string[]): Promise<void> {
  for (const key of keys) await cache.set(key, value);
}

/** A prefix that means something to a glob or a regular expression, a key that it begins, and one that it would match. */
const literal: readonly (readonly [prefix: string, key: string, other: string])[] = [
  ['a*', 'a*1', 'ab1'],
  ['a?', 'a?1', 'ab1'],
  ['[ab]', '[ab]1', 'a1'],
  ['[^a]', '[^a]1', 'b1'],
  ['a\\*', 'a\\*1', 'a*1'],
  ['a.', 'a.1', 'ab1'],
  ['^a', '^a1', 'a1'],
  ['{a}', '{a}1', 'a1'],
  ['a%', 'a%1', 'ab1'],
  ['a_', 'a_1', 'ab1'],
  ['A', 'A1', 'a1'],
];

/** Listing and removing by prefix. */
export function prefixCases(suite: Suite): void {
  if (!suite.promises('prefixes')) return;
  suite.it('a prefix without keys removes 0 and lists none', async ({ cache }) => {
    equal(await prefixesOf(cache).removeByPrefix('none:'), 0, 'what removeByPrefix gives');
    sameKeys(await collect(prefixesOf(cache).keys('none:')), [], 'keys');
  });
  suite.retaining('removeByPrefix removes the keys that begin with it, and gives their number', async ({ cache }) => {
    await fill(cache, ['user:1', 'user:2', 'user:', 'user', 'order:1', 'a user:3']);
    equal(await prefixesOf(cache).removeByPrefix('user:'), 3, 'what removeByPrefix gives');
    for (const key of ['user:1', 'user:2', 'user:']) isMissing(await cache.get(key), `get of '${key}'`);
    for (const key of ['user', 'order:1', 'a user:3']) sameBytes(await cache.get(key), value, `get of '${key}'`);
    equal(await prefixesOf(cache).removeByPrefix('user:'), 0, 'what removeByPrefix gives the second time');
  });
  suite.retaining('keys lists the keys that begin with the prefix', async ({ cache }) => {
    await fill(cache, ['user:1', 'user:2', 'user:', 'user', 'order:1', 'a user:3']);
    sameKeys(await collect(prefixesOf(cache).keys('user:')), ['user:', 'user:1', 'user:2'], 'keys');
  });
  for (const [prefix, key, other] of literal) {
    suite.retaining(`the prefix ${JSON.stringify(prefix)} is plain text`, async ({ cache }) => {
      await fill(cache, [key, other]);
      sameKeys(await collect(prefixesOf(cache).keys(prefix)), [key], 'keys');
      equal(await prefixesOf(cache).removeByPrefix(prefix), 1, 'what removeByPrefix gives');
      isMissing(await cache.get(key), `get of ${JSON.stringify(key)}`);
      sameBytes(await cache.get(other), value, `get of ${JSON.stringify(other)}`);
    });
  }
  suite.retaining('the empty prefix is every key', async ({ cache }) => {
    const keys = ['', 'a', 'b:1', '🧑‍🚀', 'c\0d', '*'];
    await fill(cache, keys);
    sameKeys(await collect(prefixesOf(cache).keys('')), keys, 'keys');
    equal(await prefixesOf(cache).removeByPrefix(''), keys.length, 'what removeByPrefix gives');
    sameKeys(await collect(prefixesOf(cache).keys('')), [], 'keys afterwards');
  });
  suite.retaining('expired entries are neither listed nor counted', async (trial) => {
    await trial.cache.set('k:1', value, { relativeExpiration: trial.units(1) });
    await trial.cache.set('k:2', value, { slidingExpiration: trial.units(1) });
    await trial.cache.set('k:3', value);
    await trial.wait(2);
    sameKeys(await collect(prefixesOf(trial.cache).keys('k:')), ['k:3'], 'keys');
    equal(await prefixesOf(trial.cache).removeByPrefix('k:'), 1, 'what removeByPrefix gives');
  });
  suite.retaining('keys does not restart sliding windows', async (trial) => {
    await trial.cache.set('k', value, { slidingExpiration: trial.units(2) });
    await trial.wait(1);
    await collect(prefixesOf(trial.cache).keys(''));
    await trial.wait(2);
    isMissing(await trial.cache.get('k'), 'get after the window');
  });
  suite.retaining('a listing can be left before its end', async ({ cache }) => {
    await fill(cache, ['k:1', 'k:2', 'k:3']);
    let listed = 0;
    for await (const key of prefixesOf(cache).keys('k:')) {
      listed += key.length > 0 ? 1 : 0;
      break;
    }
    equal(listed, 1, 'how many keys were listed');
    sameBytes(await cache.get('k:1'), value, 'get afterwards');
  });
  suite.retaining('prefixes of 1,000 keys are listed and removed whole', async ({ cache }) => {
    const keys = Array.from({ length: 1_000 }, (_, i) => `many:${i}`);
    await Promise.all(keys.map((key) => cache.set(key, value)));
    sameKeys(await collect(prefixesOf(cache).keys('many:')), keys, 'keys');
    equal(await prefixesOf(cache).removeByPrefix('many:'), 1_000, 'what removeByPrefix gives');
  });
}
