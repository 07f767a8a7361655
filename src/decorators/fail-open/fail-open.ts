import type { DistributedCache } from '../../core/cache.js';
import { checkOptions } from '../../core/options.js';
import type { DecoratedCache } from '../decorate.js';
import { assemble } from './assemble.js';
import { FailOpenCache } from './fail-open-cache.js';
import type { FailOpenOptions } from './options.js';

export type { BreakerOptions, FailOpenOptions } from './options.js';

/**
 * A view of a cache in which a backend that is down, slow or failing is a miss, and never an outage: reads give
 * `undefined`, writes resolve, nobody waits longer than the deadline, and a backend that keeps failing is skipped until
 * it answers again. A removal that did not reach the backend, and a `set` that failed, hide the old value in this
 * process until it was made up for; a process that dies forgets them. What still throws: programming errors, the reason
 * of the caller's signal, `CacheClosedError`, `UnsupportedOperationError`, and `ERR_MISSING_DEPENDENCY`.
 *
 * Wrap the backend itself, and put prefixes, codecs and defaults around this: what lies inside is under the deadline.
 * One `failOpen` for each backend and process: a second one does not know what the first one remembers.
 *
 * @throws RangeError or TypeError `ERR_INVALID_OPTION`, `ERR_INVALID_DURATION` for an option.
 * @example
 * const cache = failOpen(backend, { deadline: '100ms', onEvent: logEvents(console) });
 * const user = await getOrCreate(cache, 'user:1', () => db.users.find(1)); // also while the backend is away
 */
export function failOpen(cache: DistributedCache, options: FailOpenOptions = {}): DecoratedCache {
  checkOptions(cache, 'cache');
  checkOptions(options);
  return new FailOpenCache(assemble(cache, options));
}
