import { checkKey } from '../core/arguments.js';
import { assertCapability } from '../core/assert-capability.js';
import type { DistributedCache } from '../core/cache.js';
import { abortable, type CallOptions } from '../core/signal.js';

/**
 * Removes every entry whose key begins with the prefix, taken literally.
 *
 * @returns How many entries it removed.
 * @throws UnsupportedOperationError `ERR_UNSUPPORTED_OPERATION` where the backend can't list its keys; it is named.
 * @example
 * await removeByPrefix(cache, 'products:');
 */
export async function removeByPrefix(cache: DistributedCache, prefix: string, options?: CallOptions): Promise<number> {
  checkKey(prefix, 'prefix');
  assertCapability(cache, 'prefixes');
  return abortable(cache.prefixes.removeByPrefix(prefix, options), options?.signal);
}
