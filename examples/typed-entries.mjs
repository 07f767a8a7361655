// Values of one kind, defined once: typed gets, many at once, tags by argument, and what a value says of itself.
import assert from 'node:assert/strict';
import { HybridCache } from 'distributed-cache';

const rows = new Map(
  [1, 2, 3, 4].map((id) => [id, { id, name: `product ${id}`, onSaleForMs: id === 4 ? 50 : undefined }]),
);
let queries = 0;
const db = {
  async find(id) {
    queries++;
    return rows.get(id) ?? null;
  },
  async findMany(ids) {
    queries++;
    return ids.flatMap((id) => rows.get(id) ?? []);
  },
};

const cache = new HybridCache();
const product = cache.define({
  key: (id) => `product:${id}`,
  load: (id) => db.find(id),
  loadMany: async (ids) => new Map((await db.findMany(ids)).map((each) => [each.id, each])),
  expiration: '30m',
  tags: (id) => [`product:${id}`, 'products'],
  // What is on sale is kept no longer than the sale lasts.
  adapt: (value) => (value?.onSaleForMs ? { expiration: value.onSaleForMs } : undefined),
});

assert.equal((await product.get(1)).name, 'product 1');
assert.deepEqual(
  (await product.getMany([1, 2, 3])).map(({ id }) => id),
  [1, 2, 3],
);
assert.equal(queries, 2);
console.log('4 products asked for, 2 queries: one for 1, one for 2 and 3');

rows.set(2, { id: 2, name: 'renamed' });
await cache.removeByTag('product:2');
assert.equal((await product.get(2)).name, 'renamed');
assert.equal(product.peek(3).name, 'product 3');
console.log('the tag of one product took that one only');

await product.get(4);
await new Promise((resolve) => setTimeout(resolve, 80));
assert.equal(product.peek(4), undefined);
console.log('the sale is over, and so is its entry');
await cache.close();
