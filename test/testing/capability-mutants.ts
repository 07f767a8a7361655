import type {
  BatchOperations,
  DistributedCache,
  LeaseOperations,
  MemoryCache,
  PrefixOperations,
  TimestampOperations,
} from 'distributed-cache';
import type { Mutant } from './mutant.js';

const batch = ({ batch }: MemoryCache, change: Partial<BatchOperations>): Partial<DistributedCache> => ({
  batch: { ...batch, ...change },
});
const prefixes = ({ prefixes }: MemoryCache, change: Partial<PrefixOperations>): Partial<DistributedCache> => ({
  prefixes: { ...prefixes, ...change },
});
const leases = ({ leases }: MemoryCache, change: Partial<LeaseOperations>): Partial<DistributedCache> => ({
  leases: { ...leases, ...change },
});

const timestamps = ({ timestamps }: MemoryCache, change: Partial<TimestampOperations>): Partial<DistributedCache> => ({
  timestamps: { ...timestamps, ...change },
});

/** A prefix as a glob would take it. */
const glob = (prefix: string) =>
  new RegExp(
    `^${prefix
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}`,
  );

async function matching({ prefixes }: MemoryCache, pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  for await (const key of prefixes.keys('')) if (pattern.test(key)) found.push(key);
  return found;
}

/** Broken in what only some caches do. */
export const capabilityMutants: readonly Mutant[] = [
  {
    what: 'leaves duplicates out of getMany',
    caughtBy: 'getMany gives a key that is asked for twice twice, in arrays of their own',
    change: (inner) =>
      batch(inner, {
        getMany: async (keys, options) => inner.batch.getMany(Array.isArray(keys) ? [...new Set(keys)] : keys, options),
      }),
  },
  {
    what: 'writes a batch before it has validated it all',
    caughtBy: 'setMany with one invalid duration rejects with a RangeError, and nothing is written',
    change: (inner) =>
      batch(inner, {
        setMany: async (entries, options) => {
          if (!Array.isArray(entries)) return inner.batch.setMany(entries, options);
          for (const { key, value, options: lifetime } of entries)
            await inner.set(key, value, { ...lifetime, ...options });
        },
      }),
  },
  {
    what: 'does not restart windows in getMany',
    caughtBy: 'getMany restarts sliding windows',
    change: (inner) => {
      const copies = new Map<string, Uint8Array>();
      return {
        set: (key, value, options) => {
          if (ArrayBuffer.isView(value)) copies.set(key, value.slice());
          return inner.set(key, value, options);
        },
        ...batch(inner, {
          getMany: async (keys) => {
            const stored = new Set<string>();
            for await (const key of inner.prefixes.keys('')) stored.add(key);
            return keys.map((key) => (stored.has(key) ? copies.get(key) : undefined));
          },
        }),
      };
    },
  },
  {
    what: 'takes a prefix for a glob in removeByPrefix',
    caughtBy: 'the prefix "a*" is plain text',
    change: (inner) =>
      prefixes(inner, {
        removeByPrefix: async (prefix) => {
          const keys = await matching(inner, glob(prefix));
          await inner.batch.removeMany(keys);
          return keys.length;
        },
      }),
  },
  {
    what: 'takes a prefix for a part of the key',
    caughtBy: 'keys lists the keys that begin with the prefix',
    change: (inner) =>
      prefixes(inner, {
        keys: async function* (prefix) {
          for await (const key of inner.prefixes.keys('')) if (key.includes(prefix)) yield key;
        },
      }),
  },
  {
    what: 'removes nothing for the empty prefix',
    caughtBy: 'the empty prefix is every key',
    change: (inner) =>
      prefixes(inner, {
        removeByPrefix: async (prefix, options) => (prefix === '' ? 0 : inner.prefixes.removeByPrefix(prefix, options)),
      }),
  },
  {
    what: 'commits after a removal',
    caughtBy: 'commit is refused after a remove of the missing key',
    change: (inner) => ({
      // A removal of an absent key that is skipped, as nothing is there to remove.
      remove: async (key, options) => {
        if ((await inner.get(key, options)) !== undefined) await inner.remove(key, options);
      },
    }),
  },
  {
    what: 'tells a replacement by its bytes',
    caughtBy: 'commit is refused after a set of the same bytes again over the stale value',
    change: (inner) => ({
      set: async (key, value, options) => {
        const stored = options ? undefined : await inner.get(key);
        if (!stored || Buffer.compare(stored, value) !== 0) await inner.set(key, value, options);
      },
    }),
  },
  {
    what: 'commits whatever the token',
    caughtBy: 'a late commit is refused after the commit of another',
    change: (inner) =>
      leases(inner, {
        commit: async (key, token, value, options) => {
          if (token === 'token') return inner.leases.commit(key, token, value, options);
          await inner.set(key, value, options);
          return true;
        },
      }),
  },
  {
    what: 'forgets the expiration of a commit',
    caughtBy: 'commit stores the value with its expiration',
    change: (inner) => leases(inner, { commit: (key, token, value) => inner.leases.commit(key, token, value) }),
  },
  {
    what: 'grants a lease to everybody',
    caughtBy: 'a second asker is told that it is busy, and for how long at most',
    change: (inner) =>
      leases(inner, {
        getOrLease: async (key, options) => {
          const reply = await inner.leases.getOrLease(key, options);
          return reply.kind === 'busy' ? { kind: 'lease', token: 'another', grantedAt: 0n, hasValue: false } : reply;
        },
      }),
  },
  {
    what: 'takes every value for the one that was judged stale',
    caughtBy: 'a grant says whether the value that was judged stale is still stored',
    change: (inner) =>
      leases(inner, {
        getOrLease: async (key, options) => {
          const reply = await inner.leases.getOrLease(key, options);
          return reply.kind === 'lease' ? { ...reply, hasValue: options.replace !== undefined } : reply;
        },
      }),
  },
  {
    what: 'replaces whatever is stored',
    caughtBy: 'replace leaves any other value, and its lease',
    change: (inner) =>
      leases(inner, {
        replace: async (key, replaced, value, options) => {
          const stored = await inner.get(key);
          return inner.leases.replace(key, stored ?? replaced, value, options);
        },
      }),
  },
  {
    what: 'leaves the lease when it replaces a value',
    caughtBy: 'commit is refused after a replace',
    change: (inner) => {
      const replaced = new Set<string>();
      return leases(inner, {
        replace: async (key, ...rest) => {
          const isDone = await inner.leases.replace(key, ...rest);
          if (isDone) replaced.add(key);
          return isDone;
        },
        commit: async (key, token, value, options) => {
          if (!replaced.has(key)) return inner.leases.commit(key, token, value, options);
          await inner.set(key, value, options);
          return true;
        },
      });
    },
  },
  {
    what: 'does not release',
    caughtBy: 'release frees the lease: commit is refused, the next asker may load',
    change: (inner) => leases(inner, { release: async () => {} }),
  },
  {
    what: 'releases the lease of another',
    caughtBy: 'a late release leaves the lease that another has',
    change: (inner) => leases(inner, { release: (key) => inner.remove(key) }),
  },
  {
    what: 'shows a lease as an entry',
    caughtBy: 'a key that is only leased is no entry',
    change: (inner) => {
      const leased = new Set<string>();
      return {
        get: async (key, options) =>
          (await inner.get(key, options)) ?? (leased.has(key) ? new Uint8Array(0) : undefined),
        ...leases(inner, {
          getOrLease: async (key, options) => {
            const reply = await inner.leases.getOrLease(key, options);
            if (reply.kind === 'lease') leased.add(key);
            return reply;
          },
        }),
      };
    },
  },
  {
    what: 'tells nobody of a removal',
    caughtBy: 'a remove of an existing entry is heard',
    change: (inner) => {
      let removing = false;
      return {
        remove: async (key, options) => {
          removing = true;
          await inner.remove(key, options).finally(() => {
            removing = false;
          });
        },
        invalidations: {
          listen: (sink) =>
            inner.invalidations.listen({
              keys: (keys) => {
                if (!removing) sink.keys(keys);
              },
              all: () => sink.all(),
              up: () => sink.up(),
              down: () => sink.down(),
            }),
        },
      };
    },
  },
  {
    what: 'goes on telling a listener that ended',
    caughtBy: 'nothing is heard after the listener was disposed of',
    change: (inner) => ({
      invalidations: {
        listen: async (sink) => {
          await inner.invalidations.listen(sink);
          return { [Symbol.asyncDispose]: async () => {} };
        },
      },
    }),
  },
  {
    what: 'puts the time at the beginning of a value, wherever it was asked for',
    caughtBy: 'setStamped puts its time into the value, and leaves the rest as it is',
    change: (inner) =>
      timestamps(inner, {
        setStamped: (key, value, at, options) =>
          inner.timestamps.setStamped(key, value, at !== undefined && at > 0 && at <= 8 ? 0 : at, options),
      }),
  },
  {
    what: 'stamps values with a time that stands still',
    caughtBy: 'times go up: of setStamped, of raise and of leases alike',
    change: (inner) =>
      timestamps(inner, {
        raise: async (key, options) => (await inner.timestamps.raise(key, options)) && 1n,
      }),
  },
  {
    what: 'raises a time in words only',
    caughtBy: 'raise stores its time, as 8 bytes that read gives back',
    change: (inner) =>
      timestamps(inner, {
        raise: async (key, options) => {
          const time = await inner.timestamps.raise(key, options);
          await inner.remove(key);
          return time;
        },
      }),
  },
  {
    what: 'lowers a time',
    caughtBy: 'raise never lowers a time',
    change: (inner) =>
      timestamps(inner, {
        raise: async (key, options) => {
          if (typeof key === 'string' && options?.signal?.aborted !== true) await inner.remove(key);
          return inner.timestamps.raise(key, options);
        },
      }),
  },
  {
    what: 'gives the times in the order of the keys’ names',
    caughtBy: 'read gives the times in the order of the keys, and undefined for what is none',
    change: (inner) =>
      timestamps(inner, {
        read: async (keys, options) => inner.timestamps.read(Array.isArray(keys) ? [...keys].sort() : keys, options),
      }),
  },
  {
    what: 'keeps stamped values for ever',
    caughtBy: 'setStamped and raise end when their expiration says so',
    change: (inner) =>
      timestamps(inner, {
        setStamped: (key, value, at, options) =>
          inner.timestamps.setStamped(key, value, at, { signal: options?.signal }),
      }),
  },
  {
    what: 'lets a lease stand when a time is raised',
    caughtBy: 'setStamped and raise end a lease',
    change: (inner) =>
      timestamps(inner, {
        raise: async (key, options) => {
          const time = await inner.timestamps.raise('elsewhere', options);
          if (inner.timestamps.now() === undefined) await inner.remove(key);
          return time;
        },
      }),
  },
];
