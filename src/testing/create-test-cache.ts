import { type CacheEvent, MemoryCache, type MemoryCacheOptions } from 'distributed-cache';
import { FakeClock } from './fake-clock.js';

/** Options of {@link createTestCache}: those of `MemoryCache`, with a clock that a test can move. */
export interface TestCacheOptions extends Omit<MemoryCacheOptions, 'clock'> {
  /**
   * A clock to share with other caches.
   *
   * @default a new FakeClock
   */
  readonly clock?: FakeClock | undefined;
}

/** What {@link createTestCache} gives. */
export interface TestCache {
  readonly cache: MemoryCache;
  /** What moves the cache's time. */
  readonly clock: FakeClock;
  /** Every event of the cache so far, in order. Empty it with `events.length = 0`. */
  readonly events: CacheEvent[];
}

/**
 * A `MemoryCache` on a {@link FakeClock}, whose events are recorded: what a test puts in the place of a real backend.
 * The user's own `onEvent` hears them too.
 *
 * @throws TypeError or RangeError `ERR_INVALID_OPTION` as the constructor of `MemoryCache`.
 * @example
 * const { cache, clock, events } = createTestCache();
 * await setString(cache, 'a', '1', { slidingExpiration: '1m' });
 * clock.advance(60_000);
 * await getString(cache, 'a'); // undefined
 * events.some((event) => event.type === 'evicted' && event.reason === 'expired'); // true
 */
export function createTestCache(options: TestCacheOptions = {}): TestCache {
  const { clock = new FakeClock(), onEvent } = options;
  const events: CacheEvent[] = [];
  const cache = new MemoryCache({
    ...options,
    clock,
    onEvent: (event) => {
      events.push(event);
      // Returned, so that a listener that rejects is noticed as it is without this recorder.
      return onEvent?.(event);
    },
  });
  return { cache, clock, events };
}
