import { checkValue } from '../core/arguments.js';
import { capabilityOf } from '../core/assert-capability.js';
import type { DistributedCache } from '../core/cache.js';
import { beginsWith, type LeaseOperations, sameStart } from '../core/capabilities.js';
import type { Mapping } from './mapping.js';

/** The inner cache's leases behind a mapping. */
export function decoratedLeases(inner: DistributedCache, mapping: Mapping): LeaseOperations {
  const leases = () => capabilityOf(inner, 'leases');

  const read = (key: string, innerKey: string) => mapping.run('get', [key], undefined, () => inner.get(innerKey));

  /** What is stored, and whether it is the value that the caller names. */
  async function storedForm(key: string, innerKey: string, is: (value: Uint8Array) => boolean) {
    const stored = await read(key, innerKey);
    const value = await mapping.decode(stored, key);
    return { stored, isReadable: value !== undefined, isNamed: value !== undefined && is(value) };
  }

  /** Whether the value over which a lease was granted is the one that was named: the first bytes of stored forms may be alike. */
  async function isStill(key: string, innerKey: string, named: Uint8Array | undefined): Promise<boolean> {
    if (!mapping.hasCodec) return true;
    if (named === undefined) return false;
    // The lease is granted by now: who is not told of it could not give it back. What can't be read is not known to be there.
    const stored = await read(key, innerKey).catch(() => undefined);
    return stored !== undefined && stored.length === named.length && beginsWith(stored, named);
  }

  return {
    async getOrLease(key, options) {
      const innerKey = mapping.key(key);
      let { replace } = options;
      // The stored form of what the caller names, and not of what can't be read.
      let named: Uint8Array | undefined;
      if (mapping.hasCodec && replace !== undefined) {
        const judged = replace;
        const found = await storedForm(key, innerKey, (value) => sameStart(value, judged));
        if (found.isNamed) named = found.stored;
        replace = found.isNamed || !found.isReadable ? found.stored : undefined;
      }
      for (;;) {
        const asked = { ...options, replace };
        const reply = await mapping.run('getOrLease', [key], undefined, () => leases().getOrLease(innerKey, asked));
        if (reply.kind === 'lease')
          return { ...reply, hasValue: reply.hasValue && (await isStill(key, innerKey, named)) };
        if (reply.kind !== 'hit' || !mapping.hasCodec) return reply;
        const value = await mapping.decode(reply.value, key);
        if (value !== undefined) return { kind: 'hit', value };
        // It can't be read, which is a miss: ask for a lease over just these bytes.
        replace = reply.value;
        named = undefined;
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
    async replace(key, replaced, value, options) {
      const innerKey = mapping.key(key);
      checkValue(replaced, 'replaced');
      const encoded = mapping.encode(value, key);
      const innerOptions = mapping.options(options);
      const bytes = encoded instanceof Promise ? await encoded : encoded;
      let named = replaced;
      if (mapping.hasCodec) {
        const { stored, isNamed } = await storedForm(key, innerKey, (value) => beginsWith(value, replaced));
        if (stored === undefined || !isNamed) return false;
        named = stored;
      }
      const done = await mapping.run('replace', [key], undefined, () =>
        leases().replace(innerKey, named, bytes, innerOptions),
      );
      if (done) mapping.emit?.({ type: 'set', cache: mapping.name, key, bytes: value.byteLength });
      return done;
    },
  };
}
