import { LRUCache } from 'lru-cache';
import type { DistributedCache } from '../core/cache.js';
import type { Clock } from '../core/clock.js';
import { readTicks, ticksBytes, ticksOf } from '../core/ticks.js';

/** What the key of a tag begins with, as in .NET; the time of its last removal is stored there. */
export const tagKeyStart = '__MSFT_HCT__';

/** How many removals of this process are remembered. */
const maxOwn = 10_000;

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
  /**
   * The times of removals that this process did. .NET stores its own time, also over a later one: what was created between the two would
   * count again.
   */
  readonly #own = new LRUCache<string, bigint>({ max: maxOwn });

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
      const [time, now = 0n] = [await timestamps.raise(key, options), timestamps.now()];
      // A later time than now is of a node whose clock is ahead: whoever takes it back shall be heard.
      this.#own.set(tag, time < now ? time : now);
      return;
    }
    const [stored = 0n] = await this.times([tag]);
    const now = this.now();
    await this.#cache.set(key, ticksBytes(stored > now ? stored : now), options);
  }

  async times(tags: readonly string[]): Promise<readonly (bigint | undefined)[]> {
    const keys = tags.map((tag) => tagKeyStart + tag);
    const { timestamps, batch } = this.#cache;
    if (timestamps !== undefined)
      return (await timestamps.read(keys)).map((time, i) => this.#noEarlier(tags[i] as string, time));
    const values = await (batch ? batch.getMany(keys) : Promise.all(keys.map((key) => this.#cache.get(key))));
    return values.map(readTicks);
  }

  /** The time that was read, or that of an own removal which somebody has overwritten by an earlier one. */
  #noEarlier(tag: string, time: bigint | undefined): bigint | undefined {
    const own = this.#own.get(tag);
    if (own === undefined || (time !== undefined && time >= own)) return time;
    // For the other processes. If it fails, the next reading tries again.
    if (time !== undefined) this.raise(tag).catch(() => {});
    return own;
  }
}
