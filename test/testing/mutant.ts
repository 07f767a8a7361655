import type { DistributedCache, MemoryCache } from 'distributed-cache';

/** A deliberately broken cache, made from a good one, and the case that must notice. */
export interface Mutant {
  readonly what: string;
  readonly caughtBy: string;
  readonly change: (inner: MemoryCache) => Partial<DistributedCache>;
}

/** The good cache with what the mutant changes. */
export function mutated(inner: MemoryCache, { change }: Mutant): DistributedCache {
  const good: DistributedCache = {
    get: (key, options) => inner.get(key, options),
    set: (key, value, options) => inner.set(key, value, options),
    refresh: (key, options) => inner.refresh(key, options),
    remove: (key, options) => inner.remove(key, options),
    lifecycle: inner.lifecycle,
    batch: inner.batch,
    prefixes: inner.prefixes,
    leases: inner.leases,
    invalidations: inner.invalidations,
    timestamps: inner.timestamps,
  };
  return { ...good, ...change(inner) };
}
