// A source that fails, is slow, and comes back: what callers get with fail-safe.
import assert from 'node:assert/strict';
import { HybridCache, MemoryCache } from 'distributed-cache';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const source = { version: 1, queries: 0, isDown: false, ms: 0 };
const loadRates = async () => {
  source.queries++;
  await pause(source.ms);
  if (source.isDown) throw new Error('the source is down');
  return { version: source.version };
};

const cache = new HybridCache({
  distributed: new MemoryCache(),
  ownsDistributed: true,
  defaults: { expiration: 200, failSafe: { maxDuration: '1h', throttleDuration: '1s', softTimeout: 50 } },
});
const rates = async () => (await cache.getOrCreate('rates', loadRates)).version;

assert.equal(await rates(), 1);
await pause(250);

source.isDown = true;
for (let i = 0; i < 500; i++) assert.equal(await rates(), 1);
assert.equal(source.queries, 2);
console.log('past its expiration, the source down: 500 calls got the old value, and the source was asked once');

source.isDown = false;
source.version = 2;
await cache.expire('rates');
assert.equal(await rates(), 2);
console.log('the source is back: after expire() the next call loads');

source.ms = 300;
source.version = 3;
await cache.expire('rates');
const began = performance.now();
assert.equal(await rates(), 2);
console.log(`a source that takes 300 ms: the old value after ${Math.round(performance.now() - began)} ms`);
assert.ok(performance.now() - began < 250);
await pause(350);
assert.equal(cache.peek('rates')?.version ?? (await cache.get('rates'))?.version, 3);
console.log('and the new one is there when it has come');

source.ms = 0;
source.isDown = true;
await cache.remove('rates');
await assert.rejects(rates(), { message: 'the source is down' });
console.log('what was removed is never given again');
await cache.close();
