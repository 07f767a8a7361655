import { checkKey, checkKeys, checkValue } from '../../core/arguments.js';
import { checkEntries } from '../../core/batch-entries.js';
import {
  type BatchOperations,
  beginsWith,
  checkLeaseDuration,
  type LeaseOperations,
  type PrefixOperations,
  sameStart,
} from '../../core/capabilities.js';
import type { Clock } from '../../core/clock.js';
import { resolveLifetime } from '../../core/lifetime.js';
import { throwIfAborted } from '../../core/signal.js';
import type { Store } from './store.js';

/** What the parts of one memory cache share. */
export interface MemoryContext {
  readonly store: Store;
  readonly clock: Clock;
  /** The value as it goes in or out: a copy, unless the user wants none. */
  readonly copied: (value: Uint8Array) => Uint8Array;
}

export function memoryBatch({ store, clock, copied }: MemoryContext): BatchOperations {
  return {
    async getMany(keys, options) {
      checkKeys(keys);
      throwIfAborted(options?.signal);
      store.checkOpen();
      return keys.map((key) => {
        const value = store.read(key);
        return value && copied(value);
      });
    },
    async setMany(entries, options) {
      const now = clock.now();
      const checked = checkEntries(entries, now);
      throwIfAborted(options?.signal);
      store.checkOpen();
      for (const { key, value, lifetime } of checked) store.write(key, copied(value), lifetime, now);
    },
    async removeMany(keys, options) {
      checkKeys(keys);
      throwIfAborted(options?.signal);
      store.checkOpen();
      for (const key of keys) store.remove(key);
    },
  };
}

export function memoryPrefixes({ store }: MemoryContext): PrefixOperations {
  return {
    async removeByPrefix(prefix, options) {
      checkKey(prefix, 'prefix');
      throwIfAborted(options?.signal);
      return store.removeByPrefix(prefix);
    },
    async *keys(prefix, options) {
      checkKey(prefix, 'prefix');
      throwIfAborted(options?.signal);
      for (const key of store.keys(prefix)) {
        throwIfAborted(options?.signal);
        yield key;
      }
    },
  };
}

export function memoryLeases({ store, clock, copied }: MemoryContext): LeaseOperations {
  return {
    async getOrLease(key, options) {
      checkKey(key);
      const { replace } = options;
      const ms = checkLeaseDuration(options.duration);
      store.checkOpen();
      const stored = store.peek(key);
      if (stored !== undefined && (replace === undefined || !sameStart(stored, replace))) {
        store.read(key); // for its touch and its event
        return { kind: 'hit', value: copied(stored) };
      }
      return store.leases.request(key, ms, options, clock.now(), stored !== undefined);
    },
    async commit(key, token, value, options) {
      checkKey(key);
      checkValue(value);
      const now = clock.now();
      const lifetime = resolveLifetime(options, now);
      store.checkOpen();
      return store.leases.stands(key, token) && store.write(key, copied(value), lifetime, now);
    },
    async release(key, token) {
      checkKey(key);
      store.checkOpen();
      if (store.leases.stands(key, token)) store.leases.end(key);
    },
    async replace(key, replaced, value, options) {
      checkKey(key);
      checkValue(replaced, 'replaced');
      checkValue(value);
      const now = clock.now();
      const lifetime = resolveLifetime(options, now);
      store.checkOpen();
      const stored = store.peek(key);
      if (stored === undefined || !beginsWith(stored, replaced)) return false;
      return store.write(key, copied(value), lifetime, now);
    },
  };
}
