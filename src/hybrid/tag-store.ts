import { LRUCache } from 'lru-cache';
import type { DistributedCache } from '../core/cache.js';
import type { Clock } from '../core/clock.js';
import { readTicks, ticksBytes, ticksOf, ticksPerMs } from '../core/ticks.js';

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
   * count again. They are forgotten with the process, and where there are more of them.
   */
  readonly #own = new LRUCache<string, bigint>({ max: maxOwn });
  /** Tags whose time is being raised again. */
  readonly #again = new Set<string>();

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
      this.#remember(tag, await timestamps.raise(key, options));
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
    if (own === undefined) return time;
    if (time !== undefined && time >= own) {
      // Where the removal's own reply did not tell it: it was lost, or is made up for behind `failOpen`.
      this.#remember(tag, time);
      return time;
    }
    if (time !== undefined) this.#raiseAgain(tag);
    return own;
  }

  #remember(tag: string, time: bigint): void {
    const now = this.#cache.timestamps?.now() ?? 0n;
    // What is known of the server's time is whole milliseconds. A later time comes from a node whose clock was ahead, or stands for one that
    // is not known: it is not kept, so that it can be taken back.
    const known = time < now + ticksPerMs ? time : now;
    if (known > (this.#own.get(tag) ?? 0n)) this.#own.set(tag, known);
  }

  /** Removes by the tag once more, for the other processes. If it fails, the next reading tries again. */
  #raiseAgain(tag: string): void {
    if (this.#again.has(tag)) return;
    this.#again.add(tag);
    this.raise(tag)
      .catch(() => {})
      .finally(() => this.#again.delete(tag));
  }
}
