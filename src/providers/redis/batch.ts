import { checkKeys } from '../../core/arguments.js';
import { checkEntries } from '../../core/batch-entries.js';
import { throwFailures } from '../../core/batch-failures.js';
import type { BatchOperations } from '../../core/capabilities.js';
import { throwIfAborted } from '../../core/signal.js';
import { lifeText, storableLifetime } from './lifetime.js';
import { checkSize, type DeadlinedParts, ownBytes } from './parts.js';

/** Many keys at once: they go to the lane in one tick, which sends them together, by slots in a Cluster. */
export function redisBatch({ lane, clock, deadlines, instanceName }: DeadlinedParts): BatchOperations {
  return {
    async getMany(keys, options) {
      checkKeys(keys);
      throwIfAborted(options?.signal);
      lane.checkOpen();
      return Promise.all(keys.map((key) => lane.read(instanceName + key, deadlines, options?.signal, false)));
    },
    async setMany(entries, options) {
      const now = clock.now();
      const checked = checkEntries(entries, now);
      const lives = entries.map((entry, i) => {
        checkSize(entry.value, `entries[${i}].value`);
        return lifeText(storableLifetime(entry.options, now));
      });
      throwIfAborted(options?.signal);
      lane.checkOpen();
      const keys = checked.map(({ key }) => key);
      await all(keys, options?.signal, (key, i) => {
        const value = ownBytes((checked[i] as (typeof checked)[number]).value);
        return lane.write('set', instanceName + key, deadlines, options?.signal, lives[i], value);
      });
    },
    async removeMany(keys, options) {
      checkKeys(keys);
      throwIfAborted(options?.signal);
      lane.checkOpen();
      await all([...keys], options?.signal, (key) =>
        lane.write('remove', instanceName + key, deadlines, options?.signal),
      );
    },
  };
}

/** Does all, and then says what failed. */
async function all(
  keys: readonly string[],
  signal: Parameters<typeof throwIfAborted>[0],
  run: (key: string, index: number) => Promise<unknown>,
): Promise<void> {
  const results = await Promise.allSettled(keys.map(run));
  throwIfAborted(signal);
  throwFailures(results, keys);
}
