import { isMissing, rejects, sameBytes } from './assert.js';
import { callsOf } from './calls.js';
import { bytes, type Suite } from './context.js';

const ordinary: readonly (readonly [what: string, key: string])[] = [
  ['the empty string', ''],
  ['a key of 1 MB', 'k'.repeat(2 ** 20)],
  ['an emoji', 'user:🧑‍🚀'],
  ['a NUL', 'a\0b'],
  ['glob characters', 'a*b?[c]^\\d'],
  ['braces', '{tag}:{}'],
  ['spaces and line ends', ' a b\r\n\tc '],
  ['__proto__', '__proto__'],
  ['letters outside ASCII', 'naïve café Ελλάδα 漢字'],
];

const notStrings: readonly unknown[] = [undefined, null, 42, {}, ['k'], new Uint8Array(1), Symbol('k')];

const alike: readonly (readonly [what: string, one: string, other: string])[] = [
  ['case', 'Key', 'key'],
  ['a trailing NUL', 'k', 'k\0'],
  ['a trailing space', 'k', 'k '],
  ['Unicode normalization', 'e\u0301', '\u00e9'],
  ['a replacement character', 'k', 'k\ufffd'],
];

/** What is a key. */
export function keyCases(suite: Suite): void {
  for (const { name, run } of callsOf(suite)) {
    suite.it(`${name} rejects a key that is not a string with a TypeError, and never throws`, async ({ cache }) => {
      for (const key of notStrings) {
        const expected = { type: 'TypeError', codes: ['ERR_INVALID_KEY'] } as const;
        await rejects(() => run(cache, key as string), expected, `${name} with a key of type ${typeof key}`);
      }
    });
    suite.it(`${name} rejects a key with a lone surrogate with a TypeError, and never throws`, async ({ cache }) => {
      for (const key of ['\ud800', 'k\udc00', '\udc00\ud800']) {
        const expected = { type: 'TypeError', codes: ['ERR_INVALID_KEY'] } as const;
        await rejects(() => run(cache, key), expected, `${name} with ${JSON.stringify(key)}`);
      }
    });
  }
  for (const [what, key] of ordinary) {
    suite.retaining(`${what} is a key like any other`, async ({ cache }) => {
      await cache.set(key, bytes('value'), { slidingExpiration: '1h' });
      await cache.set('other', bytes('other'));
      await cache.refresh(key);
      sameBytes(await cache.get(key), bytes('value'), 'get after set');
      await cache.remove(key);
      isMissing(await cache.get(key), 'get after remove');
      sameBytes(await cache.get('other'), bytes('other'), 'get of another key after remove');
    });
  }
  for (const [what, one, other] of alike) {
    suite.retaining(`keys that differ in ${what} are different keys`, async ({ cache }) => {
      await cache.set(one, bytes('one'));
      isMissing(await cache.get(other), 'get of the other key');
      await cache.set(other, bytes('other'));
      await cache.remove(one);
      isMissing(await cache.get(one), 'get of the removed key');
      sameBytes(await cache.get(other), bytes('other'), 'get of the other key');
    });
  }
  suite.it('an absent key is a miss, and refresh and remove of it do nothing', async ({ cache }) => {
    isMissing(await cache.get('absent'), 'get');
    isMissing(await cache.refresh('absent'), 'refresh');
    isMissing(await cache.remove('absent'), 'remove');
    isMissing(await cache.get('absent'), 'get afterwards');
  });
}
