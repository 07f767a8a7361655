import { type DistributedCache, MemoryCache, type TimestampOperations } from 'distributed-cache';
import { FakeClock } from 'distributed-cache/testing';
import { expect, it } from 'vitest';
import { ticksBytes } from '../../src/core/ticks.js';
import { TagStore, tagKeyStart } from '../../src/hybrid/tag-store.js';
import { turn } from './opened.js';

const key = `${tagKeyStart}t`;

/** Over a cache in memory whose `raise` tells what it is told to, and counts. */
function storeWhose(raised: (time: bigint) => bigint | Promise<never>) {
  const clock = new FakeClock();
  const memory = new MemoryCache({ clock });
  const own = memory.timestamps as TimestampOperations;
  let raises = 0;
  const raise: TimestampOperations['raise'] = async (...args) => {
    raises++;
    return raised(await own.raise(...args));
  };
  const timestamps = { now: () => own.now(), read: own.read.bind(own), setStamped: own.setStamped.bind(own), raise };
  const store = new TagStore({ timestamps } as unknown as DistributedCache, clock);
  const time = async () => (await store.times(['t']))[0];
  return { clock, memory, store, time, raises: () => raises };
}

it.each([
  ['that is told', (time: bigint) => time],
  ['whose reply was lost', () => Promise.reject(new Error('lost'))],
  ['that is owed, as behind failOpen', () => 2n ** 63n - 1n],
])(
  'the time of an own removal %s stays, once it was known, where somebody stores an earlier one',
  async (what, raised) => {
    const { clock, memory, store, time, raises } = storeWhose(raised);
    clock.advance(1_000);
    await store.raise('t').catch(() => {});
    const removed = (await time()) as bigint;
    clock.advance(1_000);
    await memory.set(key, ticksBytes(removed - 5_000_000n));
    const before = raises();
    const kept = await Promise.all([time(), time()]);
    if (what === 'whose reply was lost') {
      // The removal was refused to its caller, and nothing is promised.
      expect(kept).toEqual([removed - 5_000_000n, removed - 5_000_000n]);
      return;
    }
    for (const each of kept) expect(each).toBeGreaterThanOrEqual(removed);
    // Once for all who read it meanwhile.
    expect(raises() - before).toBe(1);
    await turn();
    expect(await memory.get(key)).not.toEqual(ticksBytes(removed - 5_000_000n));
  },
);

it('the time of a node whose clock was ahead can be taken back', async () => {
  const { clock, memory, store, time } = storeWhose((raised) => raised);
  clock.advance(1_000);
  const ahead = ((await memory.timestamps?.raise('another')) as bigint) + 36_000_000_000n;
  await memory.set(key, ticksBytes(ahead));
  await store.raise('t');
  expect(await time()).toBe(ahead);
  await memory.remove(key);
  expect(await time()).toBeLessThan(ahead);
});
