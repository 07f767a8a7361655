import { decorate, failOpen, HybridCache, MemoryCache, type TimestampOperations } from 'distributed-cache';
import { ChaosCache } from 'distributed-cache/testing';
import { expect, it } from 'vitest';
import { text } from '../../helpers/tools.js';

const flip = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0xff);
const codec = { name: 'flip', encode: flip, decode: flip };
const value = text('0123456789abcdef');

it('behind a codec a value is stamped with no later time than the backend has', async () => {
  const inner = new MemoryCache();
  const cache = decorate(inner, codec);
  const timestamps = cache.timestamps as TimestampOperations;
  for (let i = 0; i < 3; i++) {
    const before = await timestamps.raise('tag');
    const stamp = await timestamps.setStamped('k', value, 0);
    const after = await timestamps.raise('tag');
    expect(stamp > before && stamp < after).toBe(true);
    const stored = (await cache.get('k')) as Uint8Array;
    expect(new DataView(stored.buffer, stored.byteOffset).getBigInt64(0, true)).toBe(stamp);
  }
});

it('behind a codec the backend is asked for its time where none is known', async () => {
  const inner = new MemoryCache();
  let told: bigint | undefined;
  const times = inner.timestamps as TimestampOperations;
  const silent = (read: () => void) =>
    decorate(
      {
        get: (key) => inner.get(key),
        set: inner.set.bind(inner),
        refresh: (key) => inner.refresh(key),
        remove: (key) => inner.remove(key),
        timestamps: {
          now: () => told,
          setStamped: (...args) => times.setStamped(...args),
          raise: (...args) => times.raise(...args),
          read: async (...args) => {
            read();
            return times.read(...args);
          },
        },
      },
      codec,
    ).timestamps as TimestampOperations;
  const learning = silent(() => {
    told = times.now();
  });
  expect(await learning.setStamped('k', value, 0)).toBe(told);
  told = undefined;
  const before = times.now() as bigint;
  expect((await silent(() => {}).setStamped('k', value, 0)) > before).toBe(true);
  expect(flip((await inner.get('k')) as Uint8Array).subarray(8)).toEqual(value.subarray(8));
});

it('what a fail-open cache behind a codec did not store is told by the time 0, and kept nowhere', async () => {
  const chaos = new ChaosCache(new MemoryCache());
  const distributed = decorate(failOpen(chaos), codec);
  await using cache = new HybridCache({ distributed });
  await cache.ready();
  await cache.set('k', 'old');
  chaos.configure({ failBefore: 1 });
  await cache.set('k', 'new');
  expect(cache.peek('k')).toBeUndefined();
  expect(await distributed.timestamps?.setStamped('other', value, 0)).toBe(0n);
  chaos.configure({ failBefore: 0 });
  expect(await cache.get('k')).toBeUndefined();
});

it('behind a codec a place without 8 bytes is refused before anything is written', async () => {
  const cache = decorate(new MemoryCache(), codec);
  await expect(cache.timestamps?.setStamped('k', value, 9)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  expect(await cache.get('k')).toBeUndefined();
});
