import { type CacheEvent, HybridCache, MemoryCache } from 'distributed-cache';
import { expect, it } from 'vitest';
import { ticksOf } from '../../src/core/ticks.js';
import { decodePayload, encodePayload } from '../../src/hybrid/payload.js';
import { mutated } from './mutated.js';
import { Random } from './simulation/random.js';

// What lies in the distributed cache and is no payload of the key: SEED=... replays the changes.
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const total = 100_000;
const key = 'käy';
const value = { name: 'value', list: [1, 2, 3] };
const text = JSON.stringify(value);

function payload(tags: number): Uint8Array {
  return encodePayload({
    key,
    created: ticksOf(Date.now()),
    durationMs: 3_600_000,
    staleMs: tags === 1 ? 86_400_000 : 0,
    validators: tags === 2 ? { etag: '"one"' } : undefined,
    tags: Array.from({ length: tags }, (_, i) => `tag ${i}`),
    payload: new TextEncoder().encode(text),
  });
}

it('100,000 changed payloads are each a miss that is told, or the value: never an error, another value, or memory that stays', async () => {
  const random = new Random(seed);
  const events: CacheEvent[] = [];
  const distributed = new MemoryCache();
  const cache = new HybridCache({ distributed, local: false, onEvent: (event) => events.push(event) });
  const originals = [0, 1, 2, 40].map(payload);
  const counts = { value: 0, changed: 0, corrupt: 0, miss: 0 };
  const memoryBefore = process.memoryUsage.rss();

  for (let run = 0; run < total; run++) {
    const bytes = mutated(random.pick(originals), random);
    const what = `seed ${seed}, run ${run}: ${Buffer.from(bytes).toString('hex')}`;
    await distributed.set(key, bytes);
    const got = await cache.get(key, { allowStale: run % 2 === 0 });
    const told = events.splice(0).map(({ type }) => type);
    const envelope = decodePayload(bytes, key);
    if (got === undefined) {
      // A time that was changed may have ended it: such a payload is what it says, and is over.
      const isCorrupt = told.includes('corrupt');
      expect(isCorrupt || typeof envelope === 'object', what).toBe(true);
      expect(told, what).toContain('miss');
      counts[isCorrupt ? 'corrupt' : 'miss']++;
    } else {
      // The format has no checksum: other bytes of the value itself are another value of whoever wrote them.
      const stored = typeof envelope === 'object' ? new TextDecoder().decode(envelope.payload) : what;
      expect(JSON.stringify(got), what).toBe(JSON.stringify(JSON.parse(stored)));
      counts[stored === text ? 'value' : 'changed']++;
    }
  }

  // Each of them was met, so each was tried.
  for (const [what, count] of Object.entries(counts)) expect(count, what).toBeGreaterThan(total / 1_000);
  expect(process.memoryUsage.rss() - memoryBefore).toBeLessThan(300 * 1024 * 1024);
  await cache.close();
}, 60_000);

it.each([
  ['of another key', (bytes: Uint8Array) => bytes, 'another'],
  ['cut', (bytes: Uint8Array) => bytes.subarray(0, -1), key],
  ['with more after its end', (bytes: Uint8Array) => Uint8Array.of(...bytes, 0), key],
  ['of another version', (bytes: Uint8Array) => Uint8Array.of(3, 2, ...bytes.subarray(2)), key],
  ['without its sentinel', (bytes: Uint8Array) => Uint8Array.of(0, ...bytes.subarray(1)), key],
  ['of nothing', () => new Uint8Array(), key],
])('a payload %s is a miss that is told, and is replaced by a load', async (_, change, asked) => {
  const events: CacheEvent[] = [];
  const distributed = new MemoryCache();
  const cache = new HybridCache({ distributed, onEvent: (event) => events.push(event) });
  await distributed.set(asked, change(payload(1)));
  expect(await cache.get(asked)).toBeUndefined();
  const corrupt = events.find(({ type }) => type === 'corrupt');
  expect(corrupt).toMatchObject({ key: asked, error: { code: 'ERR_CORRUPT_ENTRY' } });
  expect(String((corrupt as { error?: unknown }).error)).not.toContain('value');
  expect(await cache.getOrCreate(asked, () => 'loaded')).toBe('loaded');
  expect(await cache.get(asked)).toBe('loaded');
  await cache.close();
});
