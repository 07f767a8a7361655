// Proves that the provider beside this file keeps every promise of the interface: the contract suite of the library,
// run by node:test. It exits with 1 when a case fails.
import { describe, it } from 'node:test';
import { describeDistributedCache, FakeClock } from 'distributed-cache/testing';
import { MapCache } from './map-cache.mjs';

const clock = new FakeClock();

describeDistributedCache('MapCache', {
  create: () => new MapCache({ clock }),
  clock,
  capabilities: [],
  runner: { describe, it },
});
