/** What a process did, in us of the machine's monotonic clock. */
export type Event = readonly [
  'read' | 'remove' | 'set' | 'removeByTag',
  /** Or the tag. */
  key: string,
  begun: number,
  ended: number,
  value?: number,
];

/** The sets and removals of one key by one process. */
export class Replacements {
  // By their ends; each with the latest beginning so far.
  readonly #ends: number[] = [];
  readonly #begun: number[] = [];

  /** To be called in the order of the ends. */
  add(begun: number, ended: number): void {
    this.#begun.push(Math.max(begun, this.#begun.at(-1) ?? 0));
    this.#ends.push(ended);
  }

  /** When the latest of those began that had ended before; 0: none had. What was born before that had been replaced. */
  lastBefore(time: number): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] as number) < time) low = middle + 1;
      else high = middle;
    }
    return this.#begun[low - 1] ?? 0;
  }
}

/** By key, or by tag. */
export function replacements(history: readonly Event[]): Map<string, Replacements> {
  const byKey = new Map<string, Replacements>();
  for (const [kind, key, begun, ended] of [...history].sort((a, b) => a[3] - b[3])) {
    if (kind === 'read') continue;
    const of = byKey.get(key) ?? new Replacements();
    byKey.set(key, of);
    of.add(begun, ended);
  }
  return byKey;
}
