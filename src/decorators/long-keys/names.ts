import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { InvalidationSink } from '../../core/capabilities.js';

/** How many hashed keys' full forms are remembered; what is forgotten is told as changed, so that no copy of it goes unnoticed. */
const maxNames = 10_000;
/** How much of a hashed key is left to be read by people. */
const readable = 64;
const mark = '#sha256:';
const hashed = /#sha256:[0-9a-f]{64}$/;

/** The shortest `maxLength` that leaves a hashed key no longer than that. */
export const leastLength = readable + mark.length + 64;

/** Which keys are hashed, and which hashes are of which keys. */
export class Names {
  readonly sinks = new Set<InvalidationSink>();
  readonly #maxLength: number;
  readonly #full: LRUCache<string, string>;
  /** One that is being forgotten. */
  #leaving: { readonly name: string; readonly key: string } | undefined;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
    this.#full = new LRUCache({
      max: maxNames,
      dispose: (key, name, reason) => {
        if (reason === 'evict') this.#forget(name, key);
      },
    });
  }

  /** Whether the key is stored under its hash: a long one, and one that looks like a hash itself. */
  isHashed(key: string): boolean {
    return key.length > this.#maxLength || hashed.test(key);
  }

  nameOf(key: string): string {
    if (!this.isHashed(key)) return key;
    const digest = createHash('sha256').update(key, 'utf8').digest('hex');
    // Cut between characters, not within one.
    const start = key.slice(0, /[\ud800-\udbff]/.test(key[readable - 1] ?? '') ? readable - 1 : readable);
    const name = start + mark + digest;
    this.#full.set(name, key);
    return name;
  }

  /** The key that is stored under the name; `undefined` for a hash that this process never asked for. */
  keyOf(name: string): string | undefined {
    if (!hashed.test(name)) return name;
    return this.#leaving?.name === name ? this.#leaving.key : this.#full.get(name);
  }

  #forget(name: string, key: string): void {
    this.#leaving = { name, key };
    for (const sink of this.sinks) sink.keys([name]);
    this.#leaving = undefined;
  }
}
