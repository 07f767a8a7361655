import type { EntryOptions } from '../../core/lifetime.js';

/** A time that is to be raised, though the backend could not be reached. */
export interface OwedRaise {
  readonly key: string;
  readonly options: EntryOptions | undefined;
}

/** Times that could not be raised yet: until they are, they count as later than anything. */
export class OwedRaises {
  readonly #limit: number;
  readonly #raises = new Map<string, OwedRaise & { readonly since: number }>();
  /** Counts what is added, so that a try that was under way makes up for nothing later. */
  now = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#raises.size;
  }

  has(key: string): boolean {
    return this.#raises.size > 0 && this.#raises.has(key);
  }

  /** @returns false where there is no room */
  add(raise: OwedRaise): boolean {
    if (!this.#raises.has(raise.key) && this.#raises.size >= this.#limit) return false;
    this.#raises.set(raise.key, { ...raise, since: ++this.now });
    return true;
  }

  /** The time was raised by a call that began at `begun`. */
  delete(key: string, begun: number): void {
    const owed = this.#raises.get(key);
    if (owed !== undefined && owed.since <= begun) this.#raises.delete(key);
  }

  list(): OwedRaise[] {
    return [...this.#raises.values()];
  }
}
