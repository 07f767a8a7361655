// The entries that need no other package, as a user's code takes them.
const assert = require('node:assert/strict');

module.exports = async function smoke({ core, compression, encryption, longKeys, v8 }) {
  const memory = new core.MemoryCache();
  const keys = [{ id: 'k', key: new Uint8Array(32).fill(7) }];
  const distributed = longKeys.hashLongKeys(compression.compressed(encryption.encrypted(memory, { keys })));
  const cache = new core.HybridCache({ distributed, local: false, maxKeyLength: 5_000, serializer: v8.v8Serializer });
  const value = { at: new Date(5), text: 'x'.repeat(5_000), map: new Map([[1, 2]]) };
  const key = 'k'.repeat(1_000);
  for (let i = 0; i < 3; i++)
    assert.deepEqual(await cache.getOrCreate(key, () => (i === 0 ? value : undefined)), value);
  const item = cache.define({ key: (id) => `i:${id}`, load: (id) => id * 2 });
  assert.deepEqual(await item.getMany([1, 2]), [2, 4]);
  await cache.close();
};
