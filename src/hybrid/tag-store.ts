import type { DistributedCache } from '../core/cache.js';
import type { Clock } from '../core/clock.js';
import { readTicks, ticksBytes, ticksOf } from '../core/ticks.js';

/** What the key of a tag begins with, as in .NET; the time of its last removal is stored there. */
export const tagKeyStart = '__MSFT_HCT__';

/** How long a tag's time is kept, as in .NET: no entry may live longer. */
export const tagLifetime = '1000d';

/**
 * The times of tags, in the distributed cache: keys and bytes are those of .NET's HybridCache. Where the cache has no
 * `timestamps`, times are this machine's, and two processes that remove one tag at once may leave the earlier time.
 */
export class TagStore {
  readonly #cache: DistributedCache;
  readonly #clock: Clock;
  /** The last time that was given, so that none is earlier than another. */
  #last = 0n;

  constructor(cache: DistributedCache, clock: Clock) {
    this.#cache = cache;
    this.#clock = clock;
  }

  now(): bigint {
    const told = this.#cache.timestamps?.now();
    if (told !== undefined) return told;
    const own = ticksOf(this.#clock.now());
    // Each later than the one before: what is set after a removal in the same millisecond counts.
    this.#last = own > this.#last ? own : this.#last + 1n;
    return this.#last;
  }

  async raise(tag: string): Promise<void> {
    const key = tagKeyStart + tag;
    const options = { relativeExpiration: tagLifetime } as const;
    const { timestamps } = this.#cache;
    if (timestamps !== undefined) {
      await timestamps.raise(key, options);
      return;
    }
    const [stored = 0n] = await this.times([tag]);
    const now = this.now();
    await this.#cache.set(key, ticksBytes(stored > now ? stored : now), options);
  }

  async times(tags: readonly string[]): Promise<readonly (bigint | undefined)[]> {
    const keys = tags.map((tag) => tagKeyStart + tag);
    const { timestamps, batch } = this.#cache;
    if (timestamps !== undefined) return timestamps.read(keys);
    const values = await (batch ? batch.getMany(keys) : Promise.all(keys.map((key) => this.#cache.get(key))));
    return values.map(readTicks);
  }
}
