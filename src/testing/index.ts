export { ChaosCache, type ChaosCounts, type ChaosOptions } from './chaos-cache.js';
export { ChaosError } from './chaos-error.js';
export type { ChaosDelay, ChaosFaults } from './chaos-faults.js';
export type { ContractCapability, ContractClock, ContractOptions, ContractRunner } from './contract/options.js';
export { createTestCache, type TestCache, type TestCacheOptions } from './create-test-cache.js';
export { describeDistributedCache } from './describe-distributed-cache.js';
export { FakeClock, fakeClockStart } from './fake-clock.js';
