import { type DistributedCache, decorate, failOpen, MemoryCache, NoopCache, prefixed } from 'distributed-cache';
import { ChaosCache, type ContractCapability, describeDistributedCache, FakeClock } from 'distributed-cache/testing';
import { describe, it } from 'vitest';

const runner = { describe, it };
const clock = new FakeClock();
const everything: ContractCapability[] = ['lifecycle', 'batch', 'prefixes', 'leases', 'invalidations', 'timestamps'];

const mask = (value: Uint8Array) => value.map((byte) => byte ^ 0x5a);
const memory = () => new MemoryCache({ clock });

const decorators: Record<string, (inner: DistributedCache) => DistributedCache> = {
  failOpen: (inner) => failOpen(inner),
  'failOpen with a listener': (inner) => failOpen(inner, { onEvent: () => {} }),
  prefixed: (inner) => prefixed(inner, 'p*:'),
  codec: (inner) => decorate(inner, { name: 'codec', encode: mask, decode: mask }),
  'asynchronous codec': (inner) =>
    decorate(inner, { name: 'codec', encode: async (value) => mask(value), decode: async (stored) => mask(stored) }),
  chaos: (inner) => new ChaosCache(inner, { clock }),
};

describeDistributedCache('failOpen(memory)', {
  create: () => failOpen(memory()),
  clock,
  capabilities: everything,
  runner,
});

for (const [name, decorator] of Object.entries(decorators)) {
  for (const [what, create] of [
    [`failOpen(${name}(memory))`, () => failOpen(decorator(memory()))],
    [`${name}(failOpen(memory))`, () => decorator(failOpen(memory()))],
  ] as const) {
    // A backend can't reach into bytes that are not the caller's.
    const capabilities = everything;
    describeDistributedCache(what, { create, clock, capabilities, runner });
  }
}

describeDistributedCache('failOpen(a decorator that can map no prefixes)', {
  create: () => failOpen(decorate(memory(), { keepsPrefixes: false })),
  clock,
  capabilities: ['lifecycle', 'batch', 'leases', 'invalidations', 'timestamps'],
  runner,
});

/** Nothing can be asked for a day. */
async function down(inner: DistributedCache): Promise<DistributedCache> {
  const chaos = new ChaosCache(inner, { clock, failBefore: 1 });
  const cache = failOpen(chaos, { breaker: { failures: 1, probeInterval: '1d' } });
  await cache.get('opens the breaker');
  return cache;
}

// What the arguments must be holds also while the backend is skipped, and so does the end.
describeDistributedCache('failOpen(a backend that is down)', {
  create: () => down(new NoopCache({ clock })),
  clock,
  capabilities: ['lifecycle', 'batch', 'prefixes'],
  retains: false,
  runner,
});
