// How a test suite uses the library: a cache in memory, a clock that only the test moves, and the events as evidence.
import assert from 'node:assert/strict';
import { getOrCreate } from 'distributed-cache';
import { createTestCache } from 'distributed-cache/testing';

/** The code under test. It takes the cache as an argument, so that a test can hand in its own. */
function rates(cache, source) {
  return {
    of: (currency) => getOrCreate(cache, `rate:${currency}`, () => source(currency), { relativeExpiration: '10m' }),
  };
}

const { cache, clock, events } = createTestCache();
let calls = 0;
const service = rates(cache, () => ++calls);

assert.equal(await service.of('EUR'), 1);
assert.equal(await service.of('EUR'), 1);
console.log('the second call came from the cache');

clock.advance(10 * 60_000 - 1);
assert.equal(await service.of('EUR'), 1);
clock.advance(1);
assert.equal(await service.of('EUR'), 2);
console.log('ten minutes later, to the millisecond, the source was asked again, and nobody waited');

const kinds = events.map((event) => event.type);
assert.equal(kinds.filter((kind) => kind === 'loaded').length, 2);
assert.equal(kinds.filter((kind) => kind === 'hit').length, 2);
console.log('events:', kinds.join(', '));

await cache.close();
