import type { DistributedCache } from 'distributed-cache';
import { check, equal, isMissing, rejects, sameBytes } from './assert.js';
import { leasesOf, timestampsOf } from './calls.js';
import { bytes, type Suite } from './context.js';
import { grant, refused } from './lease-steps.js';

const value = bytes('0123456789abcdef');
const badPlace = { type: 'RangeError', codes: ['ERR_INVALID_ARGUMENT'] } as const;
/** Later than anything that is done here: in the year 9999. */
const late = 3_155_378_975_999_999_999n;

/** A time as it is stored: 8 bytes, little-endian. */
function stored(ticks: bigint): Uint8Array {
  const time = new Uint8Array(8);
  new DataView(time.buffer).setBigInt64(0, ticks, true);
  return time;
}

/** The value with a time from `at` on. */
function stamped(ticks: bigint, at: number): Uint8Array {
  const result = new Uint8Array(value);
  result.set(stored(ticks), at);
  return result;
}

const read = async (cache: DistributedCache, key: string) => (await timestampsOf(cache).read([key]))[0];

/** Whether a value that is set is stored as it is. Behind a codec it is not, and times, which the backend stores, are no values. */
async function storesAsGiven(cache: DistributedCache): Promise<boolean> {
  await cache.set('plain', stored(1n));
  return (await read(cache, 'plain')) === 1n;
}

/** Times by the backend's own clock. */
export function timestampCases(suite: Suite): void {
  if (!suite.promises('timestamps')) return;
  suite.it('setStamped puts its time into the value, and leaves the rest as it is', async ({ cache }) => {
    for (const at of [0, 3, 8]) {
      const time = await timestampsOf(cache).setStamped('k', value, at);
      sameBytes(await cache.get('k'), stamped(time, at), `the value with the time at ${at}`);
    }
    sameBytes(value, bytes('0123456789abcdef'), "the caller's own bytes");
  });
  suite.it('setStamped without a place stores the value as it is, and gives the time', async ({ cache }) => {
    const before = await timestampsOf(cache).raise('tag');
    const time = await timestampsOf(cache).setStamped('k', value, undefined);
    sameBytes(await cache.get('k'), value, 'the value');
    check(time > before, 'its time', `more than ${before}`, time);
  });
  suite.it('times go up: of setStamped, of raise and of leases alike', async ({ cache }) => {
    const timestamps = timestampsOf(cache);
    const times = [await timestamps.raise('tag'), await timestamps.setStamped('k', value, 0)];
    if (suite.promises('leases')) {
      const reply = await leasesOf(cache).getOrLease('other', { duration: 60_000 });
      if (reply.kind === 'lease') times.push(reply.grantedAt);
    }
    times.push(await timestamps.raise('tag'));
    for (const [i, time] of times.entries())
      check(i === 0 || time > (times[i - 1] as bigint), `time ${i}`, `more than ${times[i - 1]}`, time);
    const now = timestamps.now();
    // It may be told in milliseconds, and by another node than the time was.
    const least = (times[0] as bigint) - 100_000n;
    check(now === undefined || now >= least, 'now', `at least ${least}, or undefined`, now);
  });
  suite.it('raise stores its time, as 8 bytes that read gives back', async ({ cache }) => {
    const time = await timestampsOf(cache).raise('tag');
    if (await storesAsGiven(cache)) sameBytes(await cache.get('tag'), stored(time), 'the value');
    equal(await read(cache, 'tag'), time, 'what read gives');
  });
  suite.it('raise never lowers a time', async ({ cache }) => {
    if (!(await storesAsGiven(cache))) return;
    await cache.set('tag', stored(late));
    equal(await timestampsOf(cache).raise('tag'), late, 'what raise gives');
    equal(await read(cache, 'tag'), late, 'what read gives');
  });
  suite.it('raise takes the place of a value that is no time', async ({ cache }) => {
    for (const other of [value, bytes(''), new Uint8Array(8).fill(0xff)]) {
      await cache.set('tag', other);
      const time = await timestampsOf(cache).raise('tag');
      equal(await read(cache, 'tag'), time, 'what read gives');
    }
  });
  suite.it('read gives the times in the order of the keys, and undefined for what is none', async ({ cache }) => {
    const timestamps = timestampsOf(cache);
    const [a, b] = [await timestamps.raise('a'), await timestamps.raise('b')];
    await cache.set('long', value);
    const times = await timestamps.read(['b', 'absent', 'a', 'long', 'b']);
    equal(times.join(), [b, undefined, a, undefined, b].join(), 'what read gives');
    equal((await timestamps.read([])).length, 0, 'how many times there are of no keys');
  });
  suite.it('read takes a thousand keys', async ({ cache }) => {
    const time = await timestampsOf(cache).raise('key 999');
    const times = await timestampsOf(cache).read(Array.from({ length: 1_000 }, (_, i) => `key ${i}`));
    equal(times.length, 1_000, 'how many times there are');
    equal(times[999], time, 'the last one');
    isMissing(times[0], 'the first one');
  });
  suite.it('setStamped and raise end when their expiration says so', async (trial) => {
    const lifetime = { relativeExpiration: trial.units(2) };
    await timestampsOf(trial.cache).setStamped('k', value, 0, lifetime);
    await timestampsOf(trial.cache).raise('tag', lifetime);
    await trial.wait(3);
    isMissing(await trial.cache.get('k'), 'the value after its expiration');
    isMissing(await read(trial.cache, 'tag'), 'the time after its expiration');
  });
  suite.it('setStamped rejects a place without 8 bytes, and writes nothing', async ({ cache }) => {
    for (const at of [-1, 9, 16, 0.5, Number.NaN])
      await rejects(() => timestampsOf(cache).setStamped('k', value, at), badPlace, `setStamped at ${at}`);
    await rejects(() => timestampsOf(cache).setStamped('k', bytes('short'), 0), badPlace, 'setStamped of 5 bytes');
    isMissing(await cache.get('k'), 'the value');
  });
  if (!suite.promises('leases')) return;
  suite.it('setStamped and raise end a lease', async ({ cache }) => {
    const first = await grant(cache);
    await timestampsOf(cache).setStamped('k', value, 0);
    await refused(cache, first, value);
    await cache.remove('k');
    const second = await grant(cache);
    await timestampsOf(cache).raise('k');
    await refused(cache, second, value);
  });
}
