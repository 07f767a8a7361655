import { checkArray, checkKeys } from '../../core/arguments.js';
import { capabilityOf } from '../../core/assert-capability.js';
import { checkEntries } from '../../core/batch-entries.js';
import type { BatchOperations } from '../../core/capabilities.js';
import { BatchError } from '../../core/errors.js';
import { type CallOptions, throwIfAborted } from '../../core/signal.js';
import type { Pass } from './attempt.js';
import { admitWrite, type Parts, tellRead } from './parts.js';

/** The wrapped cache's batches: what fails of one is a miss, or is remembered, key by key. */
export function failOpenBatch(parts: Parts): BatchOperations {
  const { inner, guard, removals, settings, name, own } = parts;
  const batch = () => capabilityOf(inner, 'batch');

  /** A write ended. What of it failed, or was not sent, is remembered; the rest makes up for what was. */
  const settle = (keys: readonly string[], begun: number, reason: 'set' | 'remove', failed: ReadonlySet<string>) => {
    for (const key of new Set(keys)) {
      if (failed.has(key)) removals.remember(key, reason);
      else removals.madeUp(key, begun);
    }
  };

  /** A batch of nothing says nothing of the backend: it is no probe. */
  const admitAll = (operation: 'setMany' | 'removeMany', keys: readonly string[], options?: CallOptions): Pass => {
    const [first] = keys;
    return first === undefined ? 'skip' : admitWrite(parts, operation, first, options?.signal);
  };

  return {
    async getMany(given, options) {
      checkArray(given, 'keys');
      const keys = [...given] as string[];
      const signal = options?.signal;
      let pass = guard.pass();
      let hidden: readonly boolean[] | undefined;
      if (pass === undefined || !removals.isEmpty) {
        checkKeys(keys);
        guard.checkOpen();
        throwIfAborted(signal);
        hidden = keys.map((key) => removals.hidesUsed(key));
        const first = keys[hidden.indexOf(false)];
        pass = first === undefined ? 'skip' : guard.enter('getMany', first);
      }
      const asked = hidden === undefined ? keys : keys.filter((_, i) => !hidden[i]);
      const send = () => batch().getMany(asked, options);
      const failed = () => asked.map(() => undefined);
      const read =
        pass === 'skip' ? failed() : await guard.run({ operation: 'getMany', keys: asked, pass, signal, send, failed });
      let next = 0;
      const values = hidden === undefined ? read : hidden.map((isHidden) => (isHidden ? undefined : read[next++]));
      for (let i = 0; own && i < keys.length; i++) tellRead(parts, keys[i] as string, values[i]);
      return values;
    },

    async setMany(entries, options) {
      checkArray(entries, 'entries');
      const keys = entries.map((entry) => entry?.key);
      const lengths = entries.map((entry) => entry?.value?.byteLength);
      const begun = removals.now;
      let pass = guard.pass();
      if (pass === undefined) {
        checkEntries(entries, settings.clock.now());
        pass = admitAll('setMany', keys, options);
      }
      const all = new Set(keys);
      if (pass === 'skip') return settle(keys, begun, 'set', all);
      const end = (failed: ReadonlySet<string>) => {
        settle(keys, begun, 'set', failed);
        keys.forEach((key, i) => {
          if (!failed.has(key)) own?.({ type: 'set', cache: name, key, bytes: lengths[i] as number });
        });
      };
      await guard.run<void>({
        operation: 'setMany',
        keys,
        pass,
        signal: options?.signal,
        send: () => batch().setMany(entries, options),
        done: () => end(none),
        failed: (error) => end(failedOf(keys, error)),
        // What was given up may have been stored by now, over what was stored or removed since.
        late: () => settle(keys, begun, 'set', all),
      });
    },

    async removeMany(given, options) {
      checkArray(given, 'keys');
      const keys = [...given] as string[];
      const begun = removals.now;
      let pass = guard.pass();
      if (pass === undefined) {
        checkKeys(keys);
        pass = admitAll('removeMany', keys, options);
      }
      if (pass === 'skip') return settle(keys, begun, 'remove', new Set(keys));
      const end = (failed: ReadonlySet<string>) => {
        settle(keys, begun, 'remove', failed);
        for (const key of keys) if (!failed.has(key)) own?.({ type: 'removed', cache: name, key });
      };
      await guard.run<void>({
        operation: 'removeMany',
        keys,
        pass,
        signal: options?.signal,
        send: () => batch().removeMany(keys, options),
        done: () => end(none),
        failed: (error) => end(failedOf(keys, error)),
      });
    },
  };
}

const none: ReadonlySet<string> = new Set();

/** The keys of which a batch did not succeed; of two entries for one key, either. */
function failedOf(keys: readonly string[], error: unknown): ReadonlySet<string> {
  return new Set(error instanceof BatchError ? error.failed.map(({ index }) => keys[index] as string) : keys);
}
