import { MemoryCache } from 'distributed-cache';
import { describeDistributedCache } from 'distributed-cache/testing';
import { describe, it } from 'vitest';

// The one run that waits: it shows that the suite works without a clock to move, as a backend's author uses it. Side by
// side, since each case has a cache of its own.
describe.concurrent('in real time', () => {
  describeDistributedCache('MemoryCache', {
    create: () => new MemoryCache(),
    capabilities: ['lifecycle', 'batch', 'prefixes', 'leases', 'invalidations', 'timestamps'],
    runner: { describe, it },
  });
});
