const hashes = 4;
// For each name that is remembered elsewhere: 128 KiB by default, in which five times as many names make fewer than two
// of a thousand other keys suspect (measured by test/decorators/fail-open/suspects.test.ts).
const bitsEach = 64;
const mostBits = 2 ** 27;

/**
 * Keys that may have been removed, when they are too many to be remembered by name. What was added is always found;
 * some others are, too. (A Bloom filter: Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors", 1970.)
 */
export class Suspects {
  readonly #bits: Uint32Array;
  readonly #mask: number;
  readonly #limit: number;
  /** Suspects that were made up for. The oldest is suspect again when there are too many: that costs a removal more. */
  readonly #cleared = new Set<string>();
  #everything = false;
  /** The place of the last one among all that was remembered. */
  #since = 0;

  /** @param limit - How many names are remembered elsewhere. */
  constructor(limit: number) {
    const bits = Math.min(mostBits, 2 ** Math.ceil(Math.log2(Math.max(limit, 16) * bitsEach)));
    this.#bits = new Uint32Array(bits / 32);
    this.#mask = bits - 1;
    this.#limit = limit;
  }

  get since(): number {
    return this.#since;
  }

  add(key: string, since: number): void {
    this.#since = since;
    this.#cleared.delete(key);
    for (const bit of this.#bitsOf(key)) this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] as number) | (1 << (bit & 31));
  }

  addEverything(since: number): void {
    this.#since = since;
    this.#cleared.clear();
    this.#everything = true;
  }

  has(key: string): boolean {
    return !this.#cleared.has(key) && this.#isMarked(key);
  }

  /** A set or a removal of the key succeeded that began when so much had been remembered. */
  keyMadeUp(key: string, begun: number): void {
    if (begun < this.#since || !this.has(key)) return;
    if (this.#cleared.size >= this.#limit) this.#cleared.delete(this.#cleared.values().next().value as string);
    this.#cleared.add(key);
  }

  #isMarked(key: string): boolean {
    return (
      this.#everything ||
      this.#bitsOf(key).every((bit) => ((this.#bits[bit >>> 5] as number) & (1 << (bit & 31))) !== 0)
    );
  }

  /** Double hashing of two FNV-1a hashes. */
  #bitsOf(key: string): number[] {
    let [one, other] = [0x811c9dc5, 0x01000193];
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      one = Math.imul(one ^ unit, 0x01000193);
      other = Math.imul(other ^ unit, 0x85ebca6b);
      other ^= other >>> 13;
    }
    return Array.from({ length: hashes }, (_, i) => (one + Math.imul(i, other | 1)) & this.#mask);
  }
}
