import { type DistributedCache, decorate, MemoryCache, NoopCache, prefixed, withDefaults } from 'distributed-cache';
import { ChaosCache, type ContractCapability, describeDistributedCache, FakeClock } from 'distributed-cache/testing';
import { describe, it } from 'vitest';

const runner = { describe, it };
const clock = new FakeClock();
const everything: ContractCapability[] = ['lifecycle', 'batch', 'prefixes', 'leases', 'invalidations', 'timestamps'];

const mask = (value: Uint8Array) => value.map((byte) => byte ^ 0x5a);

/** Stores bytes that differ from the caller's in content and in length. */
const codec = {
  encode(value: Uint8Array): Uint8Array {
    const stored = new Uint8Array(value.length + 1);
    stored.set(mask(value), 1);
    return stored;
  },
  decode: (stored: Uint8Array): Uint8Array => mask(stored.subarray(1)),
};

const decorators: Record<string, (inner: DistributedCache) => DistributedCache> = {
  prefixed: (inner) => prefixed(inner, 'p*:'),
  // Longer than any case lasts, so that every guarantee of the suite holds.
  withDefaults: (inner) => withDefaults(inner, { relativeExpiration: '300d' }),
  codec: (inner) => decorate(inner, { name: 'codec', ...codec }),
  'asynchronous codec': (inner) =>
    decorate(inner, {
      name: 'codec',
      encode: async (value) => codec.encode(value),
      decode: async (stored) => codec.decode(stored),
    }),
  chaos: (inner) => new ChaosCache(inner, { clock }),
};

const memory = () => new MemoryCache({ clock });

describeDistributedCache('MemoryCache', { create: memory, clock, capabilities: everything, runner });

describeDistributedCache('NoopCache', {
  create: () => new NoopCache({ clock }),
  clock,
  capabilities: ['lifecycle', 'batch', 'prefixes'],
  retains: false,
  runner,
});

for (const [name, decorator] of Object.entries(decorators)) {
  const create = () => decorator(memory());
  describeDistributedCache(`${name}(memory)`, { create, clock, capabilities: everything, runner });
}

for (const [outerName, outer] of Object.entries(decorators)) {
  for (const [innerName, inner] of Object.entries(decorators)) {
    const create = () => outer(inner(memory()));
    const capabilities = everything;
    describeDistributedCache(`${outerName}(${innerName}(memory))`, { create, clock, capabilities, runner });
  }
}

describeDistributedCache('a view of a MemoryCache that holds other keys too', {
  create: async () => {
    const cache = memory();
    for (const key of ['k', 'a', 'b', 'user:1', 'p', '', 'q:k']) await cache.set(key, Uint8Array.of(1));
    return prefixed(cache, 'p:');
  },
  clock,
  capabilities: everything,
  runner,
});

describeDistributedCache('a decorator that can map no prefixes', {
  create: () => decorate(memory(), { keepsPrefixes: false }),
  clock,
  capabilities: ['lifecycle', 'batch', 'leases', 'invalidations', 'timestamps'],
  runner,
});

describeDistributedCache('NoopCache under every decorator', {
  create: () => {
    const noop: DistributedCache = new NoopCache({ clock });
    return Object.values(decorators).reduce((inner, decorator) => decorator(inner), noop);
  },
  clock,
  capabilities: ['lifecycle', 'batch', 'prefixes'],
  retains: false,
  runner,
});
