import { capabilityOf } from '../core/assert-capability.js';
import type { DistributedCache } from '../core/cache.js';
import type { InvalidationSource } from '../core/capabilities.js';
import type { Mapping } from './mapping.js';

/** The inner cache's invalidations behind a mapping: keys of others are left out. */
export function decoratedInvalidations(inner: DistributedCache, mapping: Mapping): InvalidationSource {
  return {
    get prove() {
      const source = inner.invalidations;
      return source?.prove && (() => source.prove?.() ?? Promise.resolve());
    },
    async listen(sink) {
      const source = capabilityOf(inner, 'invalidations');
      const mapped = {
        keys(innerKeys: readonly string[]) {
          const keys = innerKeys.map((key) => mapping.unmapKey(key)).filter((key) => key !== undefined);
          if (keys.length > 0) sink.keys(keys);
        },
        all: () => sink.all(),
        up: () => sink.up(),
        down: () => sink.down(),
      };
      return mapping.run('listen', [], undefined, () => source.listen(mapped));
    },
  };
}
