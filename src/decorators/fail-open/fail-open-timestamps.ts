import { checkKey, checkKeys, checkValue } from '../../core/arguments.js';
import { capabilityOf } from '../../core/assert-capability.js';
import type { TimestampOperations } from '../../core/capabilities.js';
import { BackendError, ErrorCode } from '../../core/errors.js';
import { resolveLifetime } from '../../core/lifetime.js';
import { checkStampPlace } from '../../core/ticks.js';
import { admitRead, admitWrite, type Parts } from './parts.js';
import { rememberedWrite } from './remembered-write.js';

/** Later than any time that a backend gives: the highest Int64. */
const afterAll = 2n ** 63n - 1n;

/**
 * The wrapped cache's times. A value that could not be stored has the time 0. A time that could not be raised counts as later
 * than anything until it was, in the background. `read` is the one operation of a fail-open cache that rejects when the
 * backend is away: no answer is not the same as no time.
 */
export function failOpenTimestamps(parts: Parts): TimestampOperations {
  const { inner, guard, raises, replay, settings, own, name } = parts;
  const timestamps = () => capabilityOf(inner, 'timestamps');
  return {
    now: () => inner.timestamps?.now(),

    async setStamped(key, value, at, options) {
      const bytes = value?.byteLength;
      return rememberedWrite<bigint>(parts, {
        operation: 'setStamped',
        key,
        reason: 'set',
        signal: options?.signal,
        check() {
          checkKey(key);
          checkValue(value);
          checkStampPlace(value, at);
          resolveLifetime(options, settings.clock.now());
        },
        send: () => timestamps().setStamped(key, value, at, options),
        done: () => own?.({ type: 'set', cache: name, key, bytes }),
        otherwise: 0n,
      });
    },

    async raise(key, options) {
      const signal = options?.signal;
      const begun = raises.now;
      let pass = guard.pass();
      if (pass === undefined) {
        checkKey(key);
        resolveLifetime(options, settings.clock.now());
        pass = admitWrite(parts, 'raise', key, signal);
      }
      const owe = () => {
        const { relativeExpiration, absoluteExpiration, slidingExpiration } = options ?? {};
        const kept = { relativeExpiration, absoluteExpiration, slidingExpiration };
        if (!raises.add({ key, options: kept })) {
          const message = `'${name}' can not remember more than ${settings.maxRemembered} times that are to be raised.`;
          throw new BackendError(ErrorCode.backendUnavailable, message);
        }
        replay.arm();
        return afterAll;
      };
      if (pass === 'skip') return owe();
      return guard.run<bigint>({
        operation: 'raise',
        keys: key,
        pass,
        signal,
        send: () => timestamps().raise(key, options),
        done: () => raises.delete(key, begun),
        failed: owe,
      });
    },

    async read(keys, options) {
      checkKeys(keys);
      const [first = ''] = keys;
      const pass = guard.pass() ?? admitRead(parts, 'readTimes', first, options?.signal);
      let failure: unknown = new BackendError(ErrorCode.backendUnavailable, `'${name}' can not be asked now.`);
      const times =
        pass === 'skip'
          ? undefined
          : await guard.run<(bigint | undefined)[] | undefined>({
              operation: 'readTimes',
              keys,
              pass,
              signal: options?.signal,
              send: () => timestamps().read(keys, options),
              failed: (error) => {
                failure = error;
                return undefined;
              },
            });
      if (times === undefined) throw failure;
      return times.map((time, i) => (raises.has(keys[i] as string) ? afterAll : time));
    },
  };
}
