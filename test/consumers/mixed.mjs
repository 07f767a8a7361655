// One process that loads both copies of the package, as happens where a dependency uses the other module system.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as esm from 'distributed-cache';

const require = createRequire(import.meta.url);
const cjs = require('distributed-cache');
const copies = [
  [esm, cjs],
  [cjs, esm],
];
assert.notEqual(esm.MemoryCache, cjs.MemoryCache, 'two copies are loaded');

for (const [one, other] of copies) {
  const cache = new one.MemoryCache();
  await cache.close();
  const error = await cache.get('key').catch((reason) => reason);
  assert.ok(error instanceof one.CacheClosedError);
  assert.ok(error instanceof other.CacheClosedError);
  assert.ok(error instanceof other.CacheError);
  assert.ok(!(error instanceof other.UnsupportedOperationError), 'only its own classes claim it');
  assert.ok(other.isCacheError(error));
}

for (const [one, other] of copies) {
  const cache = new one.MemoryCache();
  let runs = 0;
  const factory = async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return ++runs;
  };
  const prefixed = other.prefixed(cache, 'a:');
  const values = await Promise.all([
    one.getOrCreate(cache, 'a:key', factory),
    other.getOrCreate(cache, 'a:key', factory),
    one.getOrCreate(prefixed, 'key', factory),
    other.getOrCreate(prefixed, 'key', factory),
  ]);
  assert.deepEqual(values, [1, 1, 1, 1], 'one flight for both copies');

  const nested = await one.getOrCreate(cache, 'outer', () => other.getOrCreate(cache, 'inner', () => 1));
  assert.equal(nested, 1, 'a factory of one copy asks the other copy');
  const circle = one.getOrCreate(cache, 'a', () =>
    other.getOrCreate(cache, 'b', () => one.getOrCreate(cache, 'a', () => 1)),
  );
  await assert.rejects(circle, other.RecursiveLoadError);
}
