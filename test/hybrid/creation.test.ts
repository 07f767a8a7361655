import { HybridCache, MemoryCache } from 'distributed-cache';
import { FakeClock } from 'distributed-cache/testing';
import { expect, it } from 'vitest';
import { decodePayload } from '../../src/hybrid/payload.js';
import { deferred } from './deferred.js';

/** When what is stored was created, in ticks. */
async function createdAt(distributed: MemoryCache, key: string): Promise<bigint> {
  const envelope = decodePayload((await distributed.get(key)) as Uint8Array, key);
  if (typeof envelope === 'string') throw new Error(envelope);
  return envelope.created;
}

it('a loaded value is as old as the grant of its lease, so that a tag that is removed while it is loaded counts (4)', async () => {
  const clock = new FakeClock();
  const distributed = new MemoryCache({ clock });
  await using one = new HybridCache({ distributed, clock });
  await using other = new HybridCache({ distributed, clock });
  await Promise.all([one.ready(), other.ready()]);
  const source = deferred<string>();
  const begun = deferred<void>();
  const load = one.getOrCreate(
    'k',
    () => {
      begun.resolve();
      return source.promise;
    },
    { tags: ['t'], expiration: '1m' },
  );
  await begun.promise;
  const granted = clock.now();
  clock.advance(1_000);
  await other.removeByTag('t');
  clock.advance(1_000);
  source.resolve('old');
  expect(await load).toBe('old');
  const ms = Number((await createdAt(distributed, 'k')) / 10_000n) - 62_135_596_800_000;
  expect(ms).toBe(granted);
  // It is stored, and counts nowhere.
  expect(await one.get('k')).toBeUndefined();
  expect(await other.getOrCreate('k', () => 'new', { tags: ['t'] })).toBe('new');
});

it('a value of a slow factory lives as long as one of a fast factory', async () => {
  const clock = new FakeClock();
  const distributed = new MemoryCache({ clock });
  await using cache = new HybridCache({ distributed, clock, local: false });
  await cache.getOrCreate(
    'k',
    async () => {
      clock.advance(20_000);
      return 1;
    },
    { expiration: '10s' },
  );
  clock.advance(9_000);
  expect(await cache.get('k')).toBe(1);
  clock.advance(1_000);
  expect(await cache.get('k')).toBeUndefined();
});
