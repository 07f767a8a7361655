import type { LeaseReply } from '../core/capabilities.js';
import type { Policy } from './plan.js';
import type { Found, Loaded, Missing } from './protocol/values.js';

/** What asking for a lease gives; a hit with what its value is read as. */
export interface Acquired {
  readonly reply: LeaseReply;
  readonly found: Found | Missing | undefined;
}

/** What {@link Backend.acquire} is told. */
export interface AcquireOptions {
  readonly policy: Policy;
  readonly replace: Uint8Array | undefined;
  readonly mine: string | undefined;
}

/** The tier behind the local one, in values: what is shared with other processes, or nothing at all. */
export interface Backend {
  read(key: string, policy: Policy): Promise<Found | Missing>;
  /** Aligned with the keys, as the policies are. */
  readMany(keys: readonly string[], policies: readonly Policy[]): Promise<readonly (Found | Missing)[]>;
  acquire(key: string, options: AcquireOptions): Promise<Acquired>;
  /** Stores a loaded value while the lease stands. */
  commit(key: string, token: string, value: Loaded, policy: Policy, elapsedMs: number): Promise<boolean>;
  release(key: string, token: string): Promise<void>;
  /** Stores a value past its end again while the lease stands, not to be loaded for a while. */
  commitAgain(key: string, token: string, value: Found, throttleMs: number): Promise<boolean>;
  /** Ends a value's time. Resolves to whether it stays to be served past that; else it is removed. */
  expire(key: string): Promise<boolean>;
  /** Stores a value whatever was there. Resolves to its creation, in ticks; `undefined`: it was not stored. */
  set(key: string, payload: Uint8Array, policy: Policy): Promise<bigint | undefined>;
  remove(keys: readonly string[]): Promise<void>;
  /** How many entries went; `undefined` where nothing is behind the local tier. */
  removeByPrefix(prefix: string): Promise<number | undefined>;
  /** Makes everything invalid that was stored with the tag before. */
  raise(tag: string): Promise<void>;
  /** When the tags were removed last, in ticks. */
  tagTimes(tags: readonly string[]): Promise<readonly (bigint | undefined)[]>;
  /** What the time of creation of something that is made now may be at least, in ticks. */
  now(): bigint;
}
