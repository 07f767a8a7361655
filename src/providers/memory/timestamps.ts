import { checkKey, checkKeys, checkValue } from '../../core/arguments.js';
import type { TimestampOperations } from '../../core/capabilities.js';
import { resolveLifetime } from '../../core/lifetime.js';
import { throwIfAborted } from '../../core/signal.js';
import { checkStampPlace, readTicks, ticksBytes, writeTicks } from '../../core/ticks.js';
import type { MemoryContext } from './capabilities.js';

/** Times of the memory cache's own clock, each later than the one before. */
export function memoryTimestamps({ store, clock }: MemoryContext): TimestampOperations {
  return {
    now: () => store.ticks(),
    async setStamped(key, value, at, options) {
      checkKey(key);
      checkValue(value);
      checkStampPlace(value, at);
      const now = clock.now();
      const lifetime = resolveLifetime(options, now);
      throwIfAborted(options?.signal);
      store.checkOpen();
      const stamped = new Uint8Array(value);
      const ticks = store.ticks();
      if (at !== undefined) writeTicks(stamped, at, ticks);
      store.write(key, stamped, lifetime, now);
      return ticks;
    },
    async raise(key, options) {
      checkKey(key);
      const now = clock.now();
      const lifetime = resolveLifetime(options, now);
      throwIfAborted(options?.signal);
      store.checkOpen();
      const stored = readTicks(store.peek(key)) ?? 0n;
      const own = store.ticks();
      const ticks = stored > own ? stored : own;
      store.write(key, ticksBytes(ticks), lifetime, now);
      return ticks;
    },
    async read(keys, options) {
      checkKeys(keys);
      throwIfAborted(options?.signal);
      store.checkOpen();
      return keys.map((key) => readTicks(store.peek(key)));
    },
  };
}
