import type { HybridStats } from './options.js';

/** The counts behind {@link HybridStats}. */
export class Stats {
  localHits = 0;
  distributedHits = 0;
  misses = 0;
  factoryRuns = 0;
  factoryFailures = 0;
  factoryMs = 0;
  joined = 0;
  refreshes = 0;
  staleServed = 0;
  waits = 0;
  evictions = 0;

  /** A picture of now. */
  snapshot(localEntries: number, localBytes: number): HybridStats {
    return Object.freeze({ ...this, localEntries, localBytes });
  }
}
