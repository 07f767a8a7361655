import { capabilityOf } from '../core/assert-capability.js';
import type { DistributedCache } from '../core/cache.js';
import type { PrefixOperations } from '../core/capabilities.js';
import type { Mapping } from './mapping.js';

/** The inner cache's prefix operations behind a mapping. Listed keys come back as this decorator's caller knows them. */
export function decoratedPrefixes(inner: DistributedCache, mapping: Mapping): PrefixOperations {
  const prefixes = () => capabilityOf(inner, 'prefixes');
  return {
    async removeByPrefix(prefix, options) {
      const innerPrefix = mapping.key(prefix, 'prefix');
      return mapping.run('removeByPrefix', [prefix], options, () => prefixes().removeByPrefix(innerPrefix, options));
    },
    async *keys(prefix, options) {
      const innerPrefix = mapping.key(prefix, 'prefix');
      const listing = prefixes().keys(innerPrefix, options)[Symbol.asyncIterator]();
      let broken: { error: unknown } | undefined;
      const next = async () => {
        // After an error an iterator is at its end: a step that is tried again must not look like one.
        if (broken) throw broken.error;
        try {
          return await listing.next();
        } catch (error) {
          broken = { error };
          throw error;
        }
      };
      try {
        for (;;) {
          const step = await mapping.run('keys', [prefix], options, next);
          if (step.done) return;
          const key = mapping.unmapKey(step.value);
          if (key !== undefined) yield key;
        }
      } finally {
        await listing.return?.();
      }
    },
  };
}
