import { capabilityOf } from '../core/assert-capability.js';
import type { DistributedCache } from '../core/cache.js';
import { type LeaseOperations, sameStart } from '../core/capabilities.js';
import type { Mapping } from './mapping.js';

/** The inner cache's leases behind a mapping. */
export function decoratedLeases(inner: DistributedCache, mapping: Mapping): LeaseOperations {
  const leases = () => capabilityOf(inner, 'leases');

  /** The stored form of the value that the caller judged stale, if that is what is stored. */
  async function storedForm(key: string, innerKey: string, replace: Uint8Array): Promise<Uint8Array | undefined> {
    const stored = await mapping.run('get', [key], undefined, () => inner.get(innerKey));
    const value = await mapping.decode(stored, key);
    return value === undefined || sameStart(value, replace) ? stored : undefined;
  }

  return {
    async getOrLease(key, options) {
      const innerKey = mapping.key(key);
      let { replace } = options;
      if (mapping.hasCodec && replace !== undefined) replace = await storedForm(key, innerKey, replace);
      for (;;) {
        const asked = { ...options, replace };
        const reply = await mapping.run('getOrLease', [key], undefined, () => leases().getOrLease(innerKey, asked));
        if (reply.kind !== 'hit' || !mapping.hasCodec) return reply;
        const value = await mapping.decode(reply.value, key);
        if (value !== undefined) return { kind: 'hit', value };
        // It can't be read, which is a miss: ask for a lease over just these bytes.
        replace = reply.value;
      }
    },
    async commit(key, token, value, options) {
      const innerKey = mapping.key(key);
      const encoded = mapping.encode(value, key);
      const innerOptions = mapping.options(options);
      const stored = encoded instanceof Promise ? await encoded : encoded;
      const done = await mapping.run('commit', [key], undefined, () =>
        leases().commit(innerKey, token, stored, innerOptions),
      );
      if (done) mapping.emit?.({ type: 'set', cache: mapping.name, key, bytes: value.byteLength });
      return done;
    },
    async release(key, token) {
      const innerKey = mapping.key(key);
      await mapping.run('release', [key], undefined, () => leases().release(innerKey, token));
    },
  };
}
