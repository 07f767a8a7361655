import type { DistributedCache } from 'distributed-cache';
import type { Mutant } from './mutant.js';

/** Broken in what every cache does. */
export const entryMutants: readonly Mutant[] = [
  {
    what: 'forgets the absolute cap of a sliding entry',
    caughtBy: 'get cannot prolong a sliding entry past an absolute expiration',
    change: (inner) => ({
      set: (key, value, options) =>
        inner.set(key, value, options?.slidingExpiration ? { ...options, absoluteExpiration: undefined } : options),
    }),
  },
  {
    what: 'forgets the relative cap of a sliding entry',
    caughtBy: 'the cap on a sliding entry holds at its millisecond',
    change: (inner) => ({
      set: (key, value, options) =>
        inner.set(key, value, options?.slidingExpiration ? { ...options, relativeExpiration: undefined } : options),
    }),
  },
  {
    what: 'ignores the sliding expiration',
    caughtBy: 'a sliding expiration ends an entry that nobody reads',
    change: (inner) => ({
      set: (key, value, options) => inner.set(key, value, options && { ...options, slidingExpiration: undefined }),
    }),
  },
  {
    what: 'lets an absolute expiration win over a relative one',
    caughtBy: 'a relative expiration wins over an earlier absolute one',
    change: (inner) => ({
      set: (key, value, options) =>
        inner.set(key, value, options?.absoluteExpiration ? { ...options, relativeExpiration: undefined } : options),
    }),
  },
  {
    what: 'does not restart the window in refresh',
    caughtBy: 'refresh restarts the sliding window',
    change: () => ({ refresh: async () => {} }),
  },
  {
    what: 'rounds lifetimes up to seconds',
    caughtBy: 'an absolute expiration ends at its millisecond',
    change: (inner) => ({
      set: (key, value, options) => {
        const time = options?.absoluteExpiration?.getTime() ?? Number.NaN;
        const rounded = Number.isNaN(time) ? undefined : new Date(Math.ceil(time / 1_000) * 1_000);
        return inner.set(key, value, rounded ? { ...options, absoluteExpiration: rounded } : options);
      },
    }),
  },
  {
    what: 'keeps the old lifetime of an entry that is overwritten',
    caughtBy: 'an overwritten entry does not keep its old expiration',
    change: (inner) => {
      const lifetimes = new Map<string, Parameters<DistributedCache['set']>[2]>();
      return {
        set: async (key, value, options) => {
          await inner.set(key, value, options ?? lifetimes.get(key));
          if (options) lifetimes.set(key, options);
        },
      };
    },
  },
  {
    what: 'ends far lifetimes at once',
    caughtBy: 'an expiration further off than 2^31 ms does not end the entry early',
    change: (inner) => ({
      set: (key, value, options) =>
        inner.set(key, value, options?.relativeExpiration === '30d' ? { relativeExpiration: 1 } : options),
    }),
  },
  {
    what: 'removes the old entry before it validates',
    caughtBy: "slidingExpiration of '5 parsecs' leaves the previous entry",
    change: (inner) => ({
      set: async (key, value, options) => {
        await inner.remove(key);
        await inner.set(key, value, options);
      },
    }),
  },
  {
    what: 'gives out the array that it keeps',
    caughtBy: 'a change of what get gave changes nothing that is stored',
    change: (inner) => {
      const given = new Map<string, Uint8Array>();
      return {
        get: async (key, options) => {
          const value = await inner.get(key, options);
          if (value && !given.has(key)) given.set(key, value);
          return value && given.get(key);
        },
      };
    },
  },
  {
    what: 'keeps the array that it was given until later',
    caughtBy: 'a change of the array after the call of set changes nothing that is stored',
    change: (inner) => ({
      set: async (key, value, options) => {
        await Promise.resolve();
        await inner.set(key, value, options);
      },
    }),
  },
  {
    what: 'stores the whole buffer of a view',
    caughtBy: 'of a view into a larger buffer only the view is stored',
    change: (inner) => ({
      set: (key, value, options) =>
        inner.set(key, ArrayBuffer.isView(value) ? new Uint8Array(value.buffer.slice(0)) : value, options),
    }),
  },
  {
    what: 'takes an empty value for a miss',
    caughtBy: 'a value of 0 bytes is a value',
    change: (inner) => ({
      get: async (key, options) => {
        const value = await inner.get(key, options);
        return value?.length ? value : undefined;
      },
    }),
  },
  {
    what: 'ignores the case of keys',
    caughtBy: 'keys that differ in case are different keys',
    change: (inner) => {
      const lower = (key: string) => (typeof key === 'string' ? key.toLowerCase() : key);
      return {
        get: (key, options) => inner.get(lower(key), options),
        set: (key, value, options) => inner.set(lower(key), value, options),
        remove: (key, options) => inner.remove(lower(key), options),
      };
    },
  },
  {
    what: 'takes lone surrogates for U+FFFD',
    caughtBy: 'get rejects a key with a lone surrogate with a TypeError, and never throws',
    change: (inner) => ({
      get: (key, options) => inner.get(typeof key === 'string' ? Buffer.from(key).toString() : key, options),
    }),
  },
  {
    what: 'throws synchronously',
    caughtBy: 'get rejects a key that is not a string with a TypeError, and never throws',
    change: (inner) => ({
      get: (key, options) => {
        if (typeof key !== 'string') throw Object.assign(new TypeError('key'), { code: 'ERR_INVALID_KEY' });
        return inner.get(key, options);
      },
    }),
  },
  {
    what: 'rejects with an AbortError of its own',
    caughtBy: 'get rejects with the reason of a signal that is aborted already',
    change: (inner) => ({
      get: async (key, options) => {
        if (options?.signal?.aborted) throw new Error('aborted');
        return inner.get(key);
      },
    }),
  },
  {
    what: 'removes although it was aborted',
    caughtBy: 'an aborted remove removes nothing',
    change: (inner) => ({
      remove: async (key, options) => {
        await inner.remove(key);
        if (options?.signal?.aborted) throw options.signal.reason;
      },
    }),
  },
  {
    what: 'works on after close',
    caughtBy: 'remove after close rejects with CacheClosedError',
    change: (inner) => ({
      remove: async (key, options) => inner.remove(key, options).catch(sparing('ERR_CACHE_CLOSED')),
    }),
  },
  {
    what: 'has lost a capability',
    caughtBy: 'it has exactly the capabilities that are listed',
    change: () => ({ leases: undefined }),
  },
];

/** Swallows errors with this code. */
function sparing(code: string): (error: unknown) => void {
  return (error) => {
    if ((error as { code?: unknown }).code !== code) throw error;
  };
}
