import { checkKey, checkValue } from '../../core/arguments.js';
import { capabilityOf } from '../../core/assert-capability.js';
import { checkLeaseDuration, type LeaseOperations, type LeaseReply } from '../../core/capabilities.js';
import { resolveLifetime } from '../../core/lifetime.js';
import { admitRead, type Parts } from './parts.js';

const none: LeaseReply = Object.freeze({ kind: 'none' });

/**
 * The wrapped cache's leases. Where it can't be asked, or the key is hidden, there is none: the caller loads, and stores
 * nothing. A lease that may stand though nobody loads under it is given back in the background.
 */
export function failOpenLeases(parts: Parts): LeaseOperations {
  const { inner, guard, removals, replay, settings, name, own } = parts;
  const leases = () => capabilityOf(inner, 'leases');
  return {
    async getOrLease(key, options) {
      let pass = guard.pass();
      if (pass === undefined || !removals.isEmpty) {
        checkKey(key);
        checkLeaseDuration(options.duration);
        pass = admitRead(parts, 'getOrLease', key);
        if (pass === 'skip') return none;
      }
      // Who asks has mostly waited for a deadline by then, that of the read before: not for another. A probe has to be made.
      if (guard.isSilent && pass !== 'probe') return none;
      // Named here where the caller did not: a grant whose answer is lost must be given back.
      const token = options.token ?? crypto.randomUUID();
      return guard.run<LeaseReply>({
        operation: 'getOrLease',
        keys: key,
        pass,
        send: () => leases().getOrLease(key, { ...options, token }),
        failed: () => {
          replay.owe({ key, token });
          return none;
        },
        late: (reply) => {
          if (reply === undefined || reply.kind === 'lease') replay.owe({ key, token });
        },
      });
    },

    async commit(key, token, value, options) {
      let pass = guard.pass();
      if (pass === undefined || !removals.isEmpty) {
        checkKey(key);
        checkValue(value);
        resolveLifetime(options, settings.clock.now());
        // A hidden key's lease ends with the removal that is to come.
        const isHidden = removals.hidesUsed(key);
        pass = admitRead(parts, 'commit', key);
        if (pass === 'skip') {
          if (!isHidden) replay.owe({ key, token });
          return false;
        }
      }
      const bytes = value?.byteLength;
      return guard.run<boolean>({
        operation: 'commit',
        keys: key,
        pass,
        send: () => leases().commit(key, token, value, options),
        done: (isStored) => {
          if (isStored) own?.({ type: 'set', cache: name, key, bytes });
        },
        failed: () => {
          replay.owe({ key, token });
          return false;
        },
      });
    },

    async release(key, token) {
      let pass = guard.pass();
      if (pass === undefined || !removals.isEmpty) {
        checkKey(key);
        if (removals.hides(key)) {
          guard.checkOpen();
          return;
        }
        pass = admitRead(parts, 'release', key);
      }
      if (pass === 'skip') return replay.owe({ key, token });
      await guard.run<void>({
        operation: 'release',
        keys: key,
        pass,
        send: () => leases().release(key, token),
        failed: () => replay.owe({ key, token }),
      });
    },

    async replace(key, replaced, value, options) {
      let pass = guard.pass();
      if (pass === undefined || !removals.isEmpty) {
        checkKey(key);
        checkValue(replaced, 'replaced');
        checkValue(value);
        resolveLifetime(options, settings.clock.now());
        pass = admitRead(parts, 'replace', key);
        if (pass === 'skip') return false;
      }
      const bytes = value?.byteLength;
      return guard.run<boolean>({
        operation: 'replace',
        keys: key,
        pass,
        send: () => leases().replace(key, replaced, value, options),
        done: (isStored) => {
          if (isStored) own?.({ type: 'set', cache: name, key, bytes });
        },
        // Whether it was done is not known: who has to know removes the key, which is remembered.
        failed: () => false,
      });
    },
  };
}
