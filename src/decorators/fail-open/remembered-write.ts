import type { Signal } from '../../core/signal.js';
import type { CallSubject } from './attempt.js';
import { admitWrite, type Parts } from './parts.js';

/** A write of one key. */
export interface RememberedWrite<T> {
  readonly operation: CallSubject['operation'];
  readonly key: string;
  readonly reason: 'set' | 'remove';
  readonly signal: Signal | undefined;
  /** The arguments, where the inner cache will not check them. */
  check(): void;
  send(): Promise<T>;
  /** It was carried out. */
  done(): void;
  /** What its caller gets where it did not reach the backend. */
  readonly otherwise: T;
}

/** Writes; where that does not reach the backend, the key is remembered as one that is to be removed. */
export async function rememberedWrite<T>(parts: Parts, write: RememberedWrite<T>): Promise<T> {
  const { guard, removals } = parts;
  const { operation, key, reason, signal, otherwise } = write;
  const begun = removals.now;
  let pass = guard.pass();
  if (pass === undefined) {
    write.check();
    pass = admitWrite(parts, operation, key, signal);
  }
  const remember = () => {
    removals.remember(key, reason);
    return otherwise;
  };
  if (pass === 'skip') return remember();
  return guard.run<T>({
    operation,
    keys: key,
    pass,
    signal,
    send: () => write.send(),
    done: () => {
      removals.madeUp(key, begun);
      write.done();
    },
    failed: remember,
    // What was given up may have been stored by now, over what was stored or removed since.
    ...(reason === 'set' && { late: () => void remember() }),
  });
}
