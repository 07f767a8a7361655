// The contract suite under jest, with jest's own globals.
const { MemoryCache } = require('distributed-cache');
const { describeDistributedCache, FakeClock } = require('distributed-cache/testing');

const clock = new FakeClock();
describeDistributedCache('memory', {
  create: () => new MemoryCache({ clock }),
  clock,
  capabilities: ['batch', 'prefixes', 'leases', 'invalidations', 'timestamps', 'lifecycle'],
});
