import { checkKey } from '../../core/arguments.js';
import { capabilityOf } from '../../core/assert-capability.js';
import type { PrefixOperations } from '../../core/capabilities.js';
import { admitWrite, type Parts } from './parts.js';

/**
 * The wrapped cache's prefix operations. A removal that takes longer than the deadline gives 0 and is remembered: what
 * is under the prefix is hidden, and is removed in the background. A listing that fails ends.
 */
export function failOpenPrefixes(parts: Parts): PrefixOperations {
  const { inner, guard, removals } = parts;
  const prefixes = () => capabilityOf(inner, 'prefixes');

  /** Lets the inner cache end a listing before its end. Nobody hears of a failure but the events. */
  async function leave(listing: AsyncIterator<string> | undefined, prefix: string): Promise<void> {
    const send = async () => void (await listing?.return?.());
    try {
      await guard.run<void>({ operation: 'keys', keys: prefix, pass: 'uncounted', send, failed: () => {} });
    } catch {
      // The cache was closed meanwhile, and its listings with it.
    }
  }

  return {
    async removeByPrefix(prefix, options) {
      const signal = options?.signal;
      const begun = removals.now;
      let pass = guard.pass();
      if (pass === undefined) {
        checkKey(prefix, 'prefix');
        pass = admitWrite(parts, 'removeByPrefix', prefix, signal);
      }
      const failed = () => {
        removals.rememberPrefix(prefix);
        return 0;
      };
      if (pass === 'skip') return failed();
      return guard.run<number>({
        operation: 'removeByPrefix',
        keys: prefix,
        pass,
        signal,
        send: () => prefixes().removeByPrefix(prefix, options),
        done: () => removals.prefixMadeUp(prefix, begun),
        failed,
      });
    },

    async *keys(prefix, options) {
      checkKey(prefix, 'prefix');
      const signal = options?.signal;
      let listing: AsyncIterator<string> | undefined;
      const next = () => {
        listing ??= prefixes().keys(prefix, options)[Symbol.asyncIterator]();
        return listing.next();
      };
      let isOver = false;
      const over: IteratorResult<string> = { done: true, value: undefined };
      try {
        while (!isOver) {
          const pass = guard.pass() ?? admitWrite(parts, 'keys', prefix, signal);
          if (pass === 'skip') return;
          const step = await guard.run<IteratorResult<string>>({
            operation: 'keys',
            keys: prefix,
            pass,
            signal,
            send: next,
            failed: () => over,
            // Its step came after all: now it can be told that nobody wants the next.
            late: () => void leave(listing, prefix),
          });
          if (step.done) isOver = true;
          else if (!removals.hides(step.value)) yield step.value;
        }
      } finally {
        if (!isOver) await leave(listing, prefix);
      }
    },
  };
}
