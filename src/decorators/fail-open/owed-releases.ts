/** A lease that may stand at the backend, though nobody loads under it. */
export interface OwedRelease {
  readonly key: string;
  readonly token: string;
}

/**
 * Leases whose grant, commit or release got no answer: as long as they stand, nobody else loads these keys. Of too many
 * the oldest are forgotten, and end by their deadline.
 */
export class OwedReleases {
  readonly #limit: number;
  readonly #keys = new Map<string, string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#keys.size;
  }

  add({ key, token }: OwedRelease): void {
    this.#keys.delete(token);
    if (this.#keys.size >= this.#limit) this.#keys.delete(this.#keys.keys().next().value as string);
    this.#keys.set(token, key);
  }

  delete(token: string): void {
    this.#keys.delete(token);
  }

  first(): OwedRelease | undefined {
    for (const [token, key] of this.#keys) return { key, token };
    return undefined;
  }

  list(): OwedRelease[] {
    return [...this.#keys].map(([token, key]) => ({ key, token }));
  }
}
