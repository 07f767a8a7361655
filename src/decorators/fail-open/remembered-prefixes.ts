interface Remembered {
  /** Its place among all that was remembered. */
  readonly since: number;
  /** Keys under it that were set or removed since: nothing of before the removal is left of them. */
  readonly madeUp: Set<string>;
}

/** Prefixes that everything under was to be removed of. Asking for a key costs one look for each length of a prefix. */
export class RememberedPrefixes {
  readonly #prefixes = new Map<string, Remembered>();
  /** How many of the prefixes have this length. */
  readonly #lengths = new Map<number, number>();
  #madeUp = 0;

  /** How many prefixes and keys are held. */
  get size(): number {
    return this.#prefixes.size + this.#madeUp;
  }

  has(prefix: string): boolean {
    return this.#prefixes.has(prefix);
  }

  list(): string[] {
    return [...this.#prefixes.keys()];
  }

  first(): string | undefined {
    return this.#prefixes.keys().next().value;
  }

  add(prefix: string, since: number): void {
    this.#forget(prefix);
    this.#prefixes.set(prefix, { since, madeUp: new Set() });
    this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1);
  }

  hides(key: string): boolean {
    for (const length of this.#lengths.keys()) {
      if (length > key.length) continue;
      const remembered = this.#prefixes.get(key.slice(0, length));
      if (remembered !== undefined && !remembered.madeUp.has(key)) return true;
    }
    return false;
  }

  /** A set or a removal of the key succeeded that began when so much had been remembered. */
  keyMadeUp(key: string, begun: number): void {
    for (const length of this.#lengths.keys()) {
      const remembered = length > key.length ? undefined : this.#prefixes.get(key.slice(0, length));
      if (remembered === undefined || remembered.since > begun || remembered.madeUp.has(key)) continue;
      remembered.madeUp.add(key);
      this.#madeUp++;
    }
  }

  /** Forgets what is under the prefix and not younger than that. Gives what it was. */
  under(prefix: string, begun: number): string[] {
    const gone: string[] = [];
    for (const [each, { since }] of this.#prefixes) {
      if (since <= begun && each.startsWith(prefix)) gone.push(each);
    }
    for (const each of gone) this.#forget(each);
    return gone;
  }

  #forget(prefix: string): void {
    const remembered = this.#prefixes.get(prefix);
    if (remembered === undefined) return;
    this.#prefixes.delete(prefix);
    this.#madeUp -= remembered.madeUp.size;
    const left = (this.#lengths.get(prefix.length) ?? 1) - 1;
    if (left > 0) this.#lengths.set(prefix.length, left);
    else this.#lengths.delete(prefix.length);
  }
}
