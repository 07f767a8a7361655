import { checkValue } from '../core/arguments.js';
import { capabilityOf } from '../core/assert-capability.js';
import type { DistributedCache } from '../core/cache.js';
import type { TimestampOperations } from '../core/capabilities.js';
import { abortable } from '../core/signal.js';
import { checkStampPlace, writeTicks } from '../core/ticks.js';
import type { Mapping } from './mapping.js';

type Set = TimestampOperations['setStamped'];

/**
 * The inner cache's times behind a mapping. Behind a codec the backend can't reach into a value: it is stamped here, with the
 * latest time that the backend is known to have reached. That is a lower bound: never stale, at worst a miss (protocol rule 4).
 * The times that `raise` stores are stored as they are in either case.
 */
export function decoratedTimestamps(inner: DistributedCache, mapping: Mapping): TimestampOperations {
  const timestamps = () => capabilityOf(inner, 'timestamps');

  /** What the backend's time is at least. Who did not hear it yet asks. */
  async function lowerBound(innerKey: string): Promise<bigint> {
    const told = timestamps().now();
    if (told !== undefined) return told;
    // A backend that tells its time when it is connected has told it by then.
    await timestamps().read([innerKey]);
    return timestamps().now() ?? timestamps().raise(innerKey, { relativeExpiration: '1s' });
  }

  const setEncoded: Set = async (key, value, at, options) => {
    const innerKey = mapping.key(key);
    checkValue(value);
    checkStampPlace(value, at);
    const innerOptions = mapping.options(options);
    const stamped = new Uint8Array(value);
    const time = await lowerBound(innerKey);
    if (at !== undefined) writeTicks(stamped, at, time);
    const stored = await mapping.encode(stamped, key);
    const storedAt = await mapping.run('setStamped', [key], options, () =>
      timestamps().setStamped(innerKey, stored, undefined, innerOptions),
    );
    // A fail-open cache below that could not store it gives 0.
    return storedAt === 0n || at === undefined ? storedAt : time;
  };

  const setPlain: Set = async (key, value, at, options) => {
    const innerKey = mapping.key(key);
    const stored = mapping.encode(value, key) as Uint8Array;
    return mapping.run('setStamped', [key], options, () =>
      timestamps().setStamped(innerKey, stored, at, mapping.options(options)),
    );
  };

  return {
    now: () => inner.timestamps?.now(),
    async setStamped(key, value, at, options) {
      const setting = mapping.hasCodec ? setEncoded(key, value, at, options) : setPlain(key, value, at, options);
      const time = await abortable(setting, options?.signal);
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
