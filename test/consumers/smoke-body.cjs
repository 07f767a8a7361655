// What a user does first, with either copy of the package. Throws if something is not as it should be; the process must
// then end by itself, although nothing is closed.
const assert = require('node:assert/strict');

module.exports = async function smoke({ MemoryCache, getOrCreate, getString, prefixed, setString }, { FakeClock }) {
  const clock = new FakeClock();
  const cache = new MemoryCache({ clock });

  await cache.set('bytes', new Uint8Array([1, 2, 3]));
  assert.deepEqual([...(await cache.get('bytes'))], [1, 2, 3]);

  await setString(cache, 'soon gone', 'x', { relativeExpiration: '5m' });
  clock.advance(5 * 60_000 - 1);
  assert.equal(await getString(cache, 'soon gone'), 'x');
  clock.advance(1);
  assert.equal(await getString(cache, 'soon gone'), undefined);

  let runs = 0;
  const load = () => getOrCreate(cache, 'n', async () => ({ runs: ++runs }), { relativeExpiration: '5m' });
  const loaded = await Promise.all(Array.from({ length: 10 }, load));
  assert.deepEqual(await load(), { runs: 1 });
  assert.ok(loaded.every((value) => value.runs === 1));

  const users = prefixed(cache, 'users:');
  await setString(users, '1', 'Ada');
  assert.equal(await getString(cache, 'users:1'), 'Ada');
  await users.remove('1');
  assert.equal(await getString(cache, 'users:1'), undefined);

  // With the system's timers: an entry that will expire must not keep the process alive.
  await setString(new MemoryCache(), 'later', 'x', { relativeExpiration: '1h' });
};
