/** What a {@link Sieve} holds. The links are its own. */
export interface SieveEntry {
  readonly key: string;
  /** How much it counts. */
  readonly size: number;
  /** Whether it was asked for since it was looked at last. */
  isVisited: boolean;
  newer: this | undefined;
  older: this | undefined;
}

/** What a {@link Sieve} may hold. */
export interface SieveLimits<Entry> {
  readonly maxEntries: number;
  /** In the unit of the entries' `size`. */
  readonly maxSize: number;
  /** Told of what went for want of room. */
  readonly evicted: (entry: Entry) => void;
}

/**
 * A bounded map whose hits write one bit. Entries stand in the order of their coming; what is to go is sought by a hand
 * that moves from old to new and spares, once, what was asked for since it came by. It keeps what is popular better than LRU, and a hit moves
 * nothing: Zhang et al., "SIEVE is Simpler than LRU", NSDI 2024.
 */
export class Sieve<Entry extends SieveEntry> {
  readonly #limits: SieveLimits<Entry>;
  readonly #entries = new Map<string, Entry>();
  #newest: Entry | undefined;
  #oldest: Entry | undefined;
  #hand: Entry | undefined;
  #totalSize = 0;

  constructor(limits: SieveLimits<Entry>) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#entries.size;
  }

  get totalSize(): number {
    return this.#totalSize;
  }

  get(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.isVisited = true;
    return entry;
  }

  /** Takes the place of an entry of the same key. What is larger than all there is room for is not kept. */
  set(entry: Entry): void {
    const { maxEntries, maxSize } = this.#limits;
    this.delete(entry.key);
    if (entry.size > maxSize) return;
    while (this.#entries.size >= maxEntries || this.#totalSize + entry.size > maxSize) this.#evict();
    entry.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.#entries.set(entry.key, entry);
    this.#totalSize += entry.size;
  }

  /** @returns Whether there was one. */
  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#take(entry);
    return true;
  }

  clear(): void {
    this.#entries.clear();
    this.#newest = undefined;
    this.#oldest = undefined;
    this.#hand = undefined;
    this.#totalSize = 0;
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  #evict(): void {
    let entry = this.#hand ?? (this.#oldest as Entry);
    while (entry.isVisited) {
      entry.isVisited = false;
      entry = entry.newer ?? (this.#oldest as Entry);
    }
    this.#hand = entry;
    this.#take(entry);
    this.#limits.evicted(entry);
  }

  #take(entry: Entry): void {
    const { newer, older } = entry;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (this.#hand === entry) this.#hand = newer;
    entry.newer = undefined;
    entry.older = undefined;
    this.#entries.delete(entry.key);
    this.#totalSize -= entry.size;
  }
}
