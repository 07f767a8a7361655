import { FakeClock } from 'distributed-cache/testing';
import { expect, it } from 'vitest';
import { jsonSerializer } from '../../src/core/serializers/json.js';
import { HitClock } from '../../src/hybrid/hit-clock.js';
import { LocalTier } from '../../src/hybrid/local-tier.js';
import { Tags } from '../../src/hybrid/protocol/tags.js';
import { found } from './protocol/flight-bench.js';

function opened() {
  const clock = new FakeClock();
  const tags = new Tags({ times: async () => [], trust: () => 0, now: () => clock.now(), timeOf: () => -1n });
  const tier: LocalTier = new LocalTier({
    maxEntries: 10,
    maxBytes: 1e6,
    clock: new HitClock(clock),
    tags,
    serializer: jsonSerializer,
    evicted: () => {},
    silent: () => {
      tier.bound = Infinity;
      tier.loseTouch();
    },
  });
  const keep = (key: string, value: unknown) => {
    const times = { expiresAt: clock.now() + 60_000, refreshAt: Infinity, staleUntil: -Infinity };
    tier.keep(key, { ...found(value), tags: [], ...times }, true);
  };
  return { clock, tier, keep };
}

it('has no copy to fall back on once it is noticed that the channel is silent, and keeps another in its place', async () => {
  const { clock, tier, keep } = opened();
  keep('a', 'old');
  tier.bound = clock.now() + 1_000;
  clock.advance(1_000);
  expect(tier.copyOf('a')).toBeUndefined();
  expect(tier.size).toBe(0);
  keep('b', 'new');
  expect(tier.copyOf('b')?.held.take()).toBe('new');
  clock.advance(59_500);
  expect(tier.valueOf('b')).toBe('new');
});

it('makes one copy of what all share, which stays the same until it is replaced', () => {
  const { tier, keep } = opened();
  keep('a', { n: 1 });
  const copy = tier.copyOf('a');
  expect(copy?.held.take()).toBe(tier.valueOf('a'));
  expect(copy?.held.bytes()).toEqual(jsonSerializer.serialize({ n: 1 }));
  expect(tier.copyOf('a')).toBe(copy);
  keep('a', null);
  expect(tier.valueOf('a')).toBeNull();
  expect(tier.copyOf('a')).not.toBe(copy);
});
