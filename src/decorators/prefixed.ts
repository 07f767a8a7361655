import { checkKey } from '../core/arguments.js';
import type { DistributedCache } from '../core/cache.js';
import type { EventOptions } from '../core/events.js';
import { type DecoratedCache, decorate } from './decorate.js';

/**
 * A view of a cache in which every key begins with `prefix`, invisibly: keys go in and come back without it. Two views
 * with the same prefix are the same entries and share loads under way. Views can be nested.
 *
 * @param prefix - Put before each key as it is, with nothing between.
 * @throws TypeError `ERR_INVALID_KEY` for a prefix that is not a string of well-formed Unicode.
 * @example
 * const users = prefixed(cache, 'users:');
 * await setJson(users, '42', user); // stored under 'users:42'
 * await removeByPrefix(users, ''); // removes all users, and nothing else
 */
export function prefixed(cache: DistributedCache, prefix: string, options: EventOptions = {}): DecoratedCache {
  checkKey(prefix, 'prefix');
  return decorate(cache, {
    name: 'prefixed',
    mapKey: (key) => prefix + key,
    unmapKey: (key) => (key.startsWith(prefix) ? key.slice(prefix.length) : undefined),
    onEvent: options.onEvent,
  });
}
