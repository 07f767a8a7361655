import { LRUCache } from 'lru-cache';
import type { Clock } from '../../core/clock.js';
import { CacheClosedError } from '../../core/errors.js';
import type { EventListener } from '../../core/events.js';
import { deadlineOf, type Lifetime } from '../../core/lifetime.js';
import { ticksOf } from '../../core/ticks.js';
import { Announcer } from './announcer.js';
import { ExpiryQueue } from './expiry-queue.js';
import { Leases } from './leases.js';
import { Sweeper } from './sweeper.js';

interface Entry {
  readonly value: Uint8Array;
  readonly absolute: number;
  readonly sliding: number;
  /** When it ends as things stand; a touch of a sliding entry is this one number written. */
  deadline: number;
  /** The slot of the expiry queue that it waits in; 0 for none. */
  slot: number;
}

/**
 * What an entry costs beside the bytes of its key and value: the slots of lru-cache and of the Map in it, the entry,
 * and the typed array with its buffer. Measured by `bench/entry-size.mjs`.
 */
export const entryOverhead = 430;

/** JavaScript keeps strings in one or two bytes a character; two is the safe side. */
export const sizeOf = (key: string, value: Uint8Array) => key.length * 2 + value.byteLength + entryOverhead;

export interface StoreOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly maxBytes: number;
  readonly maxEntries: number | undefined;
  readonly emit: EventListener | undefined;
}

/** The entries of a memory cache, what ends them, and who is told. Synchronous: each method is one atomic step. */
export class Store {
  readonly leases = new Leases(() => this.ticks());
  readonly announcer = new Announcer(() => this.checkOpen());
  readonly #options: StoreOptions;
  readonly #lru: LRUCache<string, Entry>;
  readonly #queue = new ExpiryQueue();
  readonly #sweeper: Sweeper;
  #closed = false;
  #lastTicks = 0n;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#lru = new LRUCache<string, Entry>({
      maxSize: options.maxBytes,
      // lru-cache allocates its arrays for `max` entries at once, so only a limit that was asked for is given.
      ...(options.maxEntries === undefined ? {} : { max: options.maxEntries }),
      // After the operation, so that a listener may use the cache.
      disposeAfter: (entry, key, reason) => {
        if (reason === 'evict') this.#gone(key, entry, 'capacity');
      },
    });
    this.#sweeper = new Sweeper(options.clock, this.#queue, (keys, now) => this.#look(keys, now));
  }

  /** The clock's time, in ticks; each later than the one before, so that what was done first is told from what came after. */
  ticks(): bigint {
    const now = ticksOf(this.#options.clock.now());
    this.#lastTicks = now > this.#lastTicks ? now : this.#lastTicks + 1n;
    return this.#lastTicks;
  }

  get size(): number {
    return this.#lru.size;
  }

  get bytes(): number {
    return this.#lru.calculatedSize;
  }

  /** The entry's own bytes. Restarts its window. */
  read(key: string): Uint8Array | undefined {
    this.checkOpen();
    const { emit, name } = this.#options;
    const entry = this.#lru.get(key);
    if (entry === undefined) {
      emit?.({ type: 'miss', cache: name, key, reason: 'absent' });
      return undefined;
    }
    if (!this.#alive(key, entry)) {
      emit?.({ type: 'miss', cache: name, key, reason: 'expired' });
      return undefined;
    }
    emit?.({ type: 'hit', cache: name, key });
    return entry.value;
  }

  /** What is stored, without a touch, an event, or a change of the order of eviction. */
  peek(key: string): Uint8Array | undefined {
    const entry = this.#lru.peek(key);
    return entry !== undefined && entry.deadline > this.#options.clock.now() ? entry.value : undefined;
  }

  touch(key: string): void {
    this.checkOpen();
    const entry = this.#lru.get(key);
    if (entry !== undefined) this.#alive(key, entry);
  }

  /** Stores the value, which from now on is the store's. `false`: it is larger than the whole cache. */
  write(key: string, value: Uint8Array, lifetime: Lifetime, now: number): boolean {
    this.checkOpen();
    const { emit, name, maxBytes } = this.#options;
    this.leases.end(key);
    const previous = this.#lru.peek(key);
    if (previous !== undefined) this.#unqueue(key, previous);
    const size = sizeOf(key, value);
    if (size > maxBytes) {
      if (this.#lru.delete(key)) this.announcer.changed(key);
      emit?.({ type: 'rejected', cache: name, key, reason: 'tooLarge' });
      return false;
    }
    const deadline = deadlineOf(lifetime, now);
    const entry: Entry = { value, absolute: lifetime.absolute, sliding: lifetime.sliding, deadline, slot: 0 };
    if (deadline !== Infinity) this.#enqueue(key, entry, now);
    this.#lru.set(key, entry, { size });
    this.announcer.changed(key);
    emit?.({ type: 'set', cache: name, key, bytes: value.byteLength });
    return true;
  }

  /** Whether there was an entry. Ends a lease in any case. */
  remove(key: string): boolean {
    this.checkOpen();
    this.leases.end(key);
    const entry = this.#lru.peek(key);
    if (entry === undefined) return false;
    const expired = entry.deadline <= this.#options.clock.now();
    this.#drop(key, entry, expired ? 'expired' : 'removed');
    return !expired;
  }

  removeByPrefix(prefix: string): number {
    this.checkOpen();
    this.leases.endByPrefix(prefix);
    let removed = 0;
    for (const key of this.keys(prefix)) if (this.remove(key)) removed++;
    return removed;
  }

  keys(prefix: string): string[] {
    this.checkOpen();
    const now = this.#options.clock.now();
    const found: string[] = [];
    for (const [key, entry] of this.#lru.entries()) {
      if (key.startsWith(prefix) && entry.deadline > now) found.push(key);
    }
    return found;
  }

  clear(): void {
    this.checkOpen();
    this.#empty();
    this.announcer.all();
    this.#options.emit?.({ type: 'cleared', cache: this.#options.name });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sweeper.close();
    this.#empty();
    this.announcer.end();
  }

  checkOpen(): void {
    if (this.#closed) throw new CacheClosedError(this.#options.name);
  }

  #empty(): void {
    this.#sweeper.stop();
    this.#queue.clear();
    this.leases.clear();
    this.#lru.clear();
  }

  /** Whether the entry still lives; restarts its window if so, drops it if not. The clock is asked only where it matters. */
  #alive(key: string, entry: Entry): boolean {
    if (entry.deadline === Infinity) return true;
    const now = this.#options.clock.now();
    if (entry.deadline <= now) {
      this.#drop(key, entry, 'expired');
      return false;
    }
    if (entry.sliding !== Infinity) entry.deadline = deadlineOf(entry, now);
    return true;
  }

  #drop(key: string, entry: Entry, why: 'expired' | 'removed'): void {
    this.#lru.delete(key);
    this.#gone(key, entry, why);
  }

  #gone(key: string, entry: Entry, why: 'expired' | 'capacity' | 'removed'): void {
    this.#unqueue(key, entry);
    this.announcer.changed(key);
    const { emit, name } = this.#options;
    if (emit === undefined) return;
    emit(
      why === 'removed' ? { type: 'removed', cache: name, key } : { type: 'evicted', cache: name, key, reason: why },
    );
  }

  #enqueue(key: string, entry: Entry, now: number): void {
    entry.slot = this.#queue.add(key, entry.deadline, now);
    this.#sweeper.expect(entry.slot, now);
  }

  #unqueue(key: string, entry: Entry): void {
    if (entry.slot !== 0) this.#queue.remove(key, entry.slot);
    entry.slot = 0;
  }

  #look(keys: readonly string[], now: number): void {
    for (const key of keys) {
      const entry = this.#lru.peek(key);
      // One that a listener stored during this slice waits in a slot of its own, or in none.
      if (entry === undefined || entry.slot === 0 || entry.slot > now) continue;
      // The queue has let go of it already.
      entry.slot = 0;
      if (entry.deadline <= now) this.#drop(key, entry, 'expired');
      else this.#enqueue(key, entry, now);
    }
  }
}
