// What an abort and a timeout end: the caller's wait. The load goes on while somebody wants it.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { getOrCreate, isCacheError, MemoryCache } from 'distributed-cache';

const cache = new MemoryCache();
let aborted = 0;

/** A source that takes 100 ms, and stops when it is told to. */
async function slow({ key, signal }) {
  signal.addEventListener('abort', () => aborted++);
  await sleep(100, undefined, { signal });
  return `value of ${key}`;
}

// One caller gives up, the other gets the value.
{
  const controller = new AbortController();
  const impatient = getOrCreate(cache, 'a', slow, { signal: controller.signal });
  const patient = getOrCreate(cache, 'a', slow);
  await sleep(20);
  controller.abort(new Error('the client went away'));
  await assert.rejects(impatient, /the client went away/);
  assert.equal(await patient, 'value of a');
  assert.equal(aborted, 0);
  console.log('one of two callers aborts: it rejects at once, the other gets its value');
}

// The last caller gives up: the factory's signal is aborted, nothing is stored.
{
  const controller = new AbortController();
  const only = getOrCreate(cache, 'b', slow, { signal: controller.signal });
  await sleep(20);
  controller.abort();
  await assert.rejects(only, { name: 'AbortError' });
  assert.equal(aborted, 1);
  assert.equal(await cache.get('b'), undefined);
  console.log('the last caller aborts: the factory is told to stop');
}

// A timeout is an abort of one's own. Here another caller keeps the load going.
{
  const background = getOrCreate(cache, 'c', slow);
  const error = await getOrCreate(cache, 'c', slow, { timeout: '20ms' }).catch((reason) => reason);
  assert.ok(isCacheError(error, 'ERR_LOAD_TIMEOUT'));
  console.log(`a timeout: ${error.message}`);
  await background;
  assert.equal(await getOrCreate(cache, 'c', slow, { timeout: '20ms' }), 'value of c');
  console.log('the load went on, so the next call is a hit');
}

// A signal that is aborted already: nothing is asked.
{
  let runs = 0;
  const load = getOrCreate(cache, 'd', () => ++runs, { signal: AbortSignal.abort(new Error('too late')) });
  await assert.rejects(load, /too late/);
  assert.equal(runs, 0);
}

// A factory that waits for itself gets an error instead of a deadlock.
{
  const load = getOrCreate(cache, 'e', () => getOrCreate(cache, 'f', () => getOrCreate(cache, 'e', () => 1)));
  await assert.rejects(
    load,
    (error) => isCacheError(error, 'ERR_RECURSIVE_LOAD') && /"e".*"f".*"e"/.test(error.message),
  );
  console.log('a factory that waits for itself gets an error that names the path');
}

await cache.close();
