import { capabilityOf } from '../core/assert-capability.js';
import type { DistributedCache } from '../core/cache.js';
import type { TimestampOperations } from '../core/capabilities.js';
import { abortable } from '../core/signal.js';
import type { Mapping } from './mapping.js';

/** The inner cache's times behind a mapping. There are none where stored bytes are not the caller's: the backend could not reach into them. */
export function decoratedTimestamps(inner: DistributedCache, mapping: Mapping): TimestampOperations {
  const timestamps = () => capabilityOf(inner, 'timestamps');
  return {
    now: () => inner.timestamps?.now(),
    async setStamped(key, value, at, options) {
      const innerKey = mapping.key(key);
      const stored = mapping.encode(value, key) as Uint8Array;
      const time = await mapping.run('setStamped', [key], options, () =>
        abortable(timestamps().setStamped(innerKey, stored, at, mapping.options(options)), options?.signal),
      );
      mapping.emit?.({ type: 'set', cache: mapping.name, key, bytes: value.byteLength });
      return time;
    },
    async raise(key, options) {
      const innerKey = mapping.key(key);
      return mapping.run('raise', [key], options, () => timestamps().raise(innerKey, mapping.options(options)));
    },
    async read(keys, options) {
      const innerKeys = keys.map((key, i) => mapping.key(key, `keys[${i}]`));
      return mapping.run('readTimes', keys, options, () => timestamps().read(innerKeys, options));
    },
  };
}
