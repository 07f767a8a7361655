import { checkArray, checkValue } from '../core/arguments.js';
import { capabilityOf } from '../core/assert-capability.js';
import type { DistributedCache } from '../core/cache.js';
import type { BatchEntry, BatchOperations } from '../core/capabilities.js';
import { BatchError } from '../core/errors.js';
import { abortable } from '../core/signal.js';
import type { Mapping } from './mapping.js';

/** The inner cache's batches behind a mapping. */
export function decoratedBatch(inner: DistributedCache, mapping: Mapping): BatchOperations {
  const batch = () => capabilityOf(inner, 'batch');
  return {
    async getMany(given, options) {
      const keys = listOf(given);
      const innerKeys = keys.map((key, i) => mapping.key(key, `keys[${i}]`));
      const stored = await mapping.run('getMany', keys, options, () => batch().getMany(innerKeys, options));
      const values = mapping.hasCodec
        ? await abortable(
            Promise.all(stored.map((value, i) => mapping.decode(value, keys[i] as string))),
            options?.signal,
          )
        : stored;
      for (let i = 0; mapping.emit && i < keys.length; i++) mapping.tellRead(keys[i] as string, values[i]);
      return values;
    },
    async setMany(entries, options) {
      checkArray(entries, 'entries');
      const keys = entries.map((entry) => entry?.key);
      const innerKeys = keys.map((key, i) => mapping.key(key, `entries[${i}].key`));
      const innerOptions = entries.map((entry) => mapping.options(entry.options));
      for (let i = 0; i < entries.length; i++) checkValue(entries[i]?.value, `entries[${i}].value`);
      const encoded = mapping.hasCodec
        ? // Each in a promise of its own: one that fails at once must leave none behind that nobody awaits.
          await abortable(
            Promise.all(entries.map(async ({ key, value }) => mapping.encode(value, key))),
            options?.signal,
          )
        : entries.map(({ key, value }) => mapping.encode(value, key) as Uint8Array);
      const innerEntries = encoded.map(
        (value, i): BatchEntry => ({ key: innerKeys[i] as string, value, options: innerOptions[i] }),
      );
      const failed = await failures(
        keys,
        mapping.run('setMany', keys, options, () => batch().setMany(innerEntries, options)),
      );
      if (mapping.emit) {
        entries.forEach(({ key, value }, i) => {
          if (!failed.has(i)) mapping.emit?.({ type: 'set', cache: mapping.name, key, bytes: value.byteLength });
        });
      }
      throwFailures(failed, keys.length);
    },
    async removeMany(given, options) {
      const keys = listOf(given);
      const innerKeys = keys.map((key, i) => mapping.key(key, `keys[${i}]`));
      const failed = await failures(
        keys,
        mapping.run('removeMany', keys, options, () => batch().removeMany(innerKeys, options)),
      );
      if (mapping.emit) {
        keys.forEach((key, i) => {
          if (!failed.has(i)) mapping.emit?.({ type: 'removed', cache: mapping.name, key });
        });
      }
      throwFailures(failed, keys.length);
    },
  };
}

/** The keys in an array of its own: the caller may change the one that it gave. */
function listOf(keys: readonly string[]): string[] {
  checkArray(keys, 'keys');
  return [...keys];
}

/** What of a batch failed, by index and with the caller's keys: the inner cache's would mean nothing to the caller. */
async function failures(
  keys: readonly string[],
  done: Promise<void>,
): Promise<Map<number, BatchError['failed'][number]>> {
  try {
    await done;
    return new Map();
  } catch (error) {
    if (!(error instanceof BatchError)) throw error;
    return new Map(error.failed.map((failure) => [failure.index, { ...failure, key: keys[failure.index] as string }]));
  }
}

function throwFailures(failed: Map<number, BatchError['failed'][number]>, total: number): void {
  if (failed.size > 0) throw new BatchError([...failed.values()], total);
}
