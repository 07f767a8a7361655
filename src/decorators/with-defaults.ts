import type { DistributedCache } from '../core/cache.js';
import { parseDuration } from '../core/duration.js';
import type { EventOptions } from '../core/events.js';
import type { EntryOptions } from '../core/lifetime.js';
import { checkOptions } from '../core/options.js';
import { type DecoratedCache, decorate } from './decorate.js';

/** Expirations that make sense for any entry at any time. */
export type DefaultEntryOptions = Pick<EntryOptions, 'relativeExpiration' | 'slidingExpiration'>;

/**
 * A view of a cache in which an entry that is stored without an expiration gets a default one: a forgotten option must
 * not live for ever. A caller's relative or absolute expiration takes the place of the default relative one, a caller's
 * sliding expiration that of the default sliding one, each on its own.
 *
 * @throws RangeError or TypeError `ERR_INVALID_DURATION` for a default that is no duration.
 * @example
 * const cache = withDefaults(new MemoryCache(), { relativeExpiration: '10m' });
 * await setString(cache, 'a', '1'); // ten minutes
 * await setString(cache, 'b', '2', { relativeExpiration: '1h' }); // an hour
 * await setString(cache, 'c', '3', { slidingExpiration: '1m' }); // a minute unread, ten minutes at most
 */
export function withDefaults(
  cache: DistributedCache,
  defaults: DefaultEntryOptions,
  options: EventOptions = {},
): DecoratedCache {
  checkOptions(defaults, 'defaults');
  const { relativeExpiration, slidingExpiration } = defaults;
  const relative =
    relativeExpiration === undefined ? undefined : parseDuration(relativeExpiration, 'defaults.relativeExpiration');
  const sliding =
    slidingExpiration === undefined ? undefined : parseDuration(slidingExpiration, 'defaults.slidingExpiration');
  const whole: EntryOptions = { relativeExpiration: relative, slidingExpiration: sliding };
  return decorate(cache, {
    name: 'withDefaults',
    mapOptions: (given) => {
      if (given === undefined) return whole;
      const fixed = given.absoluteExpiration !== undefined || given.relativeExpiration !== undefined;
      return {
        absoluteExpiration: given.absoluteExpiration,
        relativeExpiration: fixed ? given.relativeExpiration : relative,
        slidingExpiration: given.slidingExpiration ?? sliding,
      };
    },
    onEvent: options.onEvent,
  });
}
