/** What a {@link Sieve} may hold. */
export interface SieveOptions {
  readonly maxEntries: number;
  /** In the unit of the keys' sizes. */
  readonly maxSize: number;
  /** Told of how many slots there is room for from now on, before the first of them is given away. */
  readonly grown: (slots: number) => void;
  /** Told of each slot that is free from now on. */
  readonly freed: (slot: number) => void;
  /** Told of what goes for want of room. */
  readonly evicted: (key: string) => void;
}

/** No slot. */
const none = -1;

/** By how many slots there is room for more than before, beside a quarter more. */
const moreSlots = 64;

type Numbers = Uint8Array | Int32Array | Float32Array | Float64Array | BigInt64Array;

/** The same numbers with room for so many, which may be fewer. */
export function withRoom<T extends Numbers>(numbers: T, length: number): T {
  const moved = new (numbers.constructor as new (length: number) => T)(length);
  moved.set(numbers.subarray(0, length) as never);
  return moved;
}

/**
 * The keys of a bounded map, each with a slot: a small number, under which others hold what belongs to it. A hit writes one
 * bit. Keys stand in the order of their coming; what is to go is sought by a hand that moves from old to new and spares, once,
 * what was asked for since it came by. It keeps what is popular better than LRU, and a hit moves nothing: Zhang et al., "SIEVE is
 * Simpler than LRU", NSDI 2024.
 *
 * What belongs to a slot stands in arrays, not in one object per key: the few numbers that a hit looks at lie close together then, and
 * among many keys each place in memory is a wait. It takes much less, too.
 */
export class Sieve {
  readonly #options: SieveOptions;
  readonly #slots = new Map<string, number>();
  readonly #keys: string[] = [];
  #room = 0;
  /** As exact as they are kept. */
  #sizes = new Float32Array(0);
  /** 1: it was asked for since the hand came by. */
  #visited = new Uint8Array(0);
  #newer = new Int32Array(0);
  #older = new Int32Array(0);
  readonly #free: number[] = [];
  #newest = none;
  #oldest = none;
  #hand = none;
  #totalSize = 0;

  constructor(options: SieveOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#slots.size;
  }

  get totalSize(): number {
    return this.#totalSize;
  }

  /** The slot of a key that is asked for; -1: there is none. */
  find(key: string): number {
    const slot = this.#slots.get(key);
    if (slot === undefined) return none;
    this.#visited[slot] = 1;
    return slot;
  }

  /** A slot for the key, in place of one that it had; -1 for what is larger than all there is room for. */
  add(key: string, exactSize: number): number {
    const { maxEntries, maxSize } = this.#options;
    const size = Math.fround(exactSize);
    this.delete(key);
    if (size > maxSize) return none;
    while (this.#slots.size >= maxEntries || this.#totalSize + size > maxSize) this.#evict();
    const slot = this.#free.pop() ?? this.#keys.length;
    if (slot === this.#room) this.#grow();
    const newest = this.#newest;
    this.#keys[slot] = key;
    this.#sizes[slot] = size;
    this.#visited[slot] = 0;
    this.#newer[slot] = none;
    this.#older[slot] = newest;
    if (newest === none) this.#oldest = slot;
    else this.#newer[newest] = slot;
    this.#newest = slot;
    this.#slots.set(key, slot);
    this.#totalSize += size;
    return slot;
  }

  /** @returns Whether there was one. */
  delete(key: string): boolean {
    const slot = this.#slots.get(key);
    if (slot === undefined) return false;
    this.#take(slot);
    return true;
  }

  clear(): void {
    this.#slots.clear();
    this.#keys.length = 0;
    this.#free.length = 0;
    this.#setRoom(0);
    this.#newest = none;
    this.#oldest = none;
    this.#hand = none;
    this.#totalSize = 0;
  }

  keys(): IterableIterator<string> {
    return this.#slots.keys();
  }

  #grow(): void {
    this.#setRoom(Math.min(this.#options.maxEntries, Math.ceil(this.#room * 1.25) + moreSlots));
  }

  #setRoom(slots: number): void {
    this.#room = slots;
    this.#sizes = withRoom(this.#sizes, slots);
    this.#visited = withRoom(this.#visited, slots);
    this.#newer = withRoom(this.#newer, slots);
    this.#older = withRoom(this.#older, slots);
    this.#options.grown(slots);
  }

  #evict(): void {
    let slot = this.#hand === none ? this.#oldest : this.#hand;
    while (this.#visited[slot] === 1) {
      this.#visited[slot] = 0;
      const newer = this.#newer[slot] as number;
      slot = newer === none ? this.#oldest : newer;
    }
    this.#hand = slot;
    const key = this.#keys[slot] as string;
    this.#take(slot);
    this.#options.evicted(key);
  }

  #take(slot: number): void {
    const newer = this.#newer[slot] as number;
    const older = this.#older[slot] as number;
    if (newer === none) this.#newest = older;
    else this.#older[newer] = older;
    if (older === none) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (this.#hand === slot) this.#hand = newer;
    this.#slots.delete(this.#keys[slot] as string);
    this.#totalSize -= this.#sizes[slot] as number;
    this.#keys[slot] = '';
    this.#free.push(slot);
    this.#options.freed(slot);
  }
}
