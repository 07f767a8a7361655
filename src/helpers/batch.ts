import { checkKeys } from '../core/arguments.js';
import { checkEntries } from '../core/batch-entries.js';
import { throwFailures } from '../core/batch-failures.js';
import type { DistributedCache } from '../core/cache.js';
import type { BatchEntry } from '../core/capabilities.js';
import { doorOf } from '../core/door.js';
import { abortable, type CallOptions, throwIfAborted } from '../core/signal.js';

/**
 * Reads many keys: in one round trip where the cache has `batch`, else by parallel calls.
 *
 * @returns The values in the order of the keys, `undefined` for each miss.
 * @example
 * const [a, b] = await getMany(cache, ['a', 'b']);
 */
export async function getMany(
  cache: DistributedCache,
  keys: readonly string[],
  options?: CallOptions,
): Promise<(Uint8Array | undefined)[]> {
  checkKeys(keys);
  throwIfAborted(options?.signal);
  const values = cache.batch
    ? cache.batch.getMany(keys, options)
    : Promise.all(keys.map((key) => cache.get(key, options)));
  return abortable(values, options?.signal);
}

/**
 * Stores many entries: in one round trip where the cache has `batch`, else by parallel calls. All are validated before
 * the first is written; of two for one key the later wins.
 *
 * @throws BatchError `ERR_BATCH_FAILED`: `failed` names what was not stored.
 * @example
 * await setMany(cache, [{ key: 'a', value: bytes, options: { relativeExpiration: '5m' } }]);
 */
export async function setMany(
  cache: DistributedCache,
  entries: readonly BatchEntry[],
  options?: CallOptions,
): Promise<void> {
  throwIfAborted(options?.signal);
  if (cache.batch) return abortable(cache.batch.setMany(entries, options), options?.signal);
  checkEntries(entries, doorOf(cache).clock.now());
  const last = new Map(entries.map((entry, index) => [entry.key, index]));
  const places = [...last.values()];
  await each(
    places.map((index) => ({ index, key: (entries[index] as BatchEntry).key })),
    ({ index }) => {
      const { key, value, options: entryOptions } = entries[index] as BatchEntry;
      return cache.set(key, value, { ...entryOptions, signal: options?.signal });
    },
    options,
  );
}

/**
 * Removes many keys: in one round trip where the cache has `batch`, else by parallel calls.
 *
 * @throws BatchError `ERR_BATCH_FAILED`: `failed` names what was not removed.
 * @example
 * await removeMany(cache, ['product:1', 'products']);
 */
export async function removeMany(
  cache: DistributedCache,
  keys: readonly string[],
  options?: CallOptions,
): Promise<void> {
  checkKeys(keys);
  throwIfAborted(options?.signal);
  if (cache.batch) return abortable(cache.batch.removeMany(keys, options), options?.signal);
  await each(
    keys.map((key, index) => ({ index, key })),
    ({ key }) => cache.remove(key, options),
    options,
  );
}

/** Does all, and then names what failed. */
async function each(
  items: readonly { readonly index: number; readonly key: string }[],
  run: (item: { readonly index: number; readonly key: string }) => Promise<void>,
  options: CallOptions | undefined,
): Promise<void> {
  const results = await abortable(Promise.allSettled(items.map(run)), options?.signal);
  throwFailures(
    results,
    items.map(({ key }) => key),
    items.map(({ index }) => index),
  );
}
