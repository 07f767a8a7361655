import type { Capability, DistributedCache } from './cache.js';
import { UnsupportedOperationError } from './errors.js';

/**
 * Throws unless the cache has the capability, and narrows its type.
 *
 * @throws UnsupportedOperationError `ERR_UNSUPPORTED_OPERATION` naming the cache and the capability.
 * @example
 * assertCapability(cache, 'prefixes');
 * for await (const key of cache.prefixes.keys('users:')) console.log(key);
 */
export function assertCapability<Cache extends DistributedCache, Name extends Capability>(
  cache: Cache,
  capability: Name,
): asserts cache is Cache & { readonly [Key in Name]: NonNullable<DistributedCache[Key]> } {
  if (cache[capability] === undefined) throw new UnsupportedOperationError(nameOf(cache), capability);
}

/** The capability, asked for at each use. @throws UnsupportedOperationError as {@link assertCapability} */
export function capabilityOf<Name extends Capability>(
  cache: DistributedCache,
  capability: Name,
): NonNullable<DistributedCache[Name]> {
  assertCapability(cache, capability);
  return cache[capability];
}

/** The name of a cache for messages and events. */
export function nameOf(cache: DistributedCache): string {
  return cache.name ?? 'unnamed';
}
