// The contract suite under node:test, whose functions are handed in.
import { describe, it } from 'node:test';
import { MemoryCache } from 'distributed-cache';
import { describeDistributedCache, FakeClock } from 'distributed-cache/testing';

const clock = new FakeClock();
describeDistributedCache('memory', {
  create: () => new MemoryCache({ clock }),
  clock,
  capabilities: ['batch', 'prefixes', 'leases', 'invalidations', 'timestamps', 'lifecycle'],
  runner: { describe, it },
});
