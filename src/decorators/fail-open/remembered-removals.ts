import type { CacheEvent } from '../../core/events.js';
import { RememberedPrefixes } from './remembered-prefixes.js';
import { Suspects } from './suspects.js';

/** What made a removal worth remembering. */
export type Reason = Extract<CacheEvent, { type: 'removalRemembered' }>['reason'];

/** What {@link RememberedRemovals} tells, once it holds. */
export interface RemovalsListener {
  remembered(key: string, reason: Reason): void;
  /** A key that may have been removed was asked for: it is remembered by name now, to be made up for. */
  suspected(key: string): void;
  madeUp(key: string): void;
  overflowed(limit: number): void;
}

/**
 * The removals that did not reach the backend, or may not have. What they are about is hidden until a removal or a set
 * succeeds that began after the last of them was remembered: one that began earlier may have been carried out before
 * what is to be removed was written.
 *
 * Time is counted here by what was remembered: {@link now} at the beginning of an operation tells what it comes after.
 */
export class RememberedRemovals {
  readonly #limit: number;
  readonly #listener: RemovalsListener;
  /** By key, the place among all that was remembered. */
  readonly #keys = new Map<string, number>();
  readonly #prefixes = new RememberedPrefixes();
  #suspects: Suspects | undefined;
  #overflowed = false;
  #now = 0;

  /** @param limit - How many names are held at most. */
  constructor(limit: number, listener: RemovalsListener) {
    this.#limit = limit;
    this.#listener = listener;
  }

  /** How much was remembered so far. */
  get now(): number {
    return this.#now;
  }

  /** Whether nothing is hidden. */
  get isEmpty(): boolean {
    return this.#keys.size === 0 && this.#prefixes.size === 0 && this.#suspects === undefined;
  }

  get hasKeys(): boolean {
    return this.#keys.size > 0;
  }

  get hasPrefixes(): boolean {
    return this.#prefixes.size > 0;
  }

  /** Whether this very key waits to be made up for. */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Whether the key must not be read, kept or served. */
  hides(key: string): boolean {
    return this.#keys.has(key) || this.#prefixes.hides(key) || (this.#suspects?.has(key) ?? false);
  }

  /** The same of a key that is being used: one that is only suspect is to be made up for. */
  hidesUsed(key: string): boolean {
    if (!this.hides(key)) return false;
    if (!this.#keys.has(key) && !this.#prefixes.hides(key) && this.#hasRoom) {
      this.#keys.set(key, ++this.#now);
      this.#listener.suspected(key);
    }
    return true;
  }

  remember(key: string, reason: Reason): void {
    const since = ++this.#now;
    const isNew = !this.#keys.has(key);
    if (isNew && !this.#hasRoom) {
      this.#overflow().add(key, since);
      return;
    }
    this.#keys.set(key, since);
    if (isNew) this.#listener.remembered(key, reason);
  }

  /** The prefix takes the place of all that is remembered under it. */
  rememberPrefix(prefix: string): void {
    const since = ++this.#now;
    const isNew = !this.#prefixes.has(prefix);
    for (const key of this.#keys.keys()) if (key.startsWith(prefix)) this.#keys.delete(key);
    this.#prefixes.under(prefix, since);
    if (!this.#hasRoom) {
      this.#overflow().addEverything(since);
      return;
    }
    this.#prefixes.add(prefix, since);
    if (isNew) this.#listener.remembered(prefix, 'removeByPrefix');
  }

  /** A set or a removal of the key succeeded that began at `begun` by {@link now}. */
  madeUp(key: string, begun: number): void {
    const since = this.#keys.get(key);
    if (since !== undefined && since > begun) return;
    if (this.#hasRoom) this.#prefixes.keyMadeUp(key, begun);
    this.#suspects?.keyMadeUp(key, begun);
    if (since === undefined) return;
    this.#keys.delete(key);
    this.#settle();
    this.#listener.madeUp(key);
  }

  /** A removal of everything under the prefix succeeded that began at `begun`. */
  prefixMadeUp(prefix: string, begun: number): void {
    const gone = this.#prefixes.under(prefix, begun);
    for (const [key, since] of this.#keys) {
      if (since > begun || !key.startsWith(prefix)) continue;
      this.#keys.delete(key);
      gone.push(key);
    }
    if (prefix === '' && this.#suspects !== undefined && this.#suspects.since <= begun) this.#suspects = undefined;
    this.#settle();
    for (const each of gone) this.#listener.madeUp(each);
  }

  /** Puts these keys behind the others: what fails again and again must not hold up the rest. */
  postpone(keys: Iterable<string>): void {
    for (const key of keys) {
      const since = this.#keys.get(key);
      if (since === undefined) continue;
      this.#keys.delete(key);
      this.#keys.set(key, since);
    }
  }

  keys(): string[] {
    return [...this.#keys.keys()];
  }

  prefixes(): string[] {
    return this.#prefixes.list();
  }

  /** A key whose removal makes up for something, be it a part of it only. */
  first(): string | undefined {
    return this.#keys.keys().next().value ?? this.#prefixes.first();
  }

  get #hasRoom(): boolean {
    return this.#keys.size + this.#prefixes.size < this.#limit;
  }

  #overflow(): Suspects {
    this.#suspects ??= new Suspects(this.#limit);
    if (!this.#overflowed) {
      this.#overflowed = true;
      this.#listener.overflowed(this.#limit);
    }
    return this.#suspects;
  }

  /** When all was made up for, the next overflow is told again. */
  #settle(): void {
    if (!this.hasKeys && !this.hasPrefixes) this.#overflowed = false;
  }
}
