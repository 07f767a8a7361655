/** The part of an `AbortSignal` that is used where a runtime's own type is not known. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  /** Calls `listener` when the signal is aborted. */
  addEventListener(type: 'abort', listener: () => void): void;
  /** Takes a listener away. */
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * The platform's `AbortSignal`, where its types are loaded (DOM or Node), and {@link AbortSignalLike} where they are
 * not: the library's types must compile in a project with `lib: ["es2022"]` and no ambient types.
 */
export type Signal = typeof globalThis extends { AbortSignal: { prototype: infer Platform } }
  ? Platform
  : AbortSignalLike;

/** Options that every call of a cache takes. */
export interface CallOptions {
  /**
   * Ends the call: it rejects with the signal's `reason`, before any I/O if the signal is aborted already.
   * What the call was to change is then either whole or absent.
   */
  readonly signal?: Signal | undefined;
}

/**
 * Throws the signal's reason if it is aborted.
 *
 * @example
 * throwIfAborted(options?.signal);
 */
export function throwIfAborted(signal: Signal | undefined): void {
  if (signal?.aborted) throw signal.reason;
}

/**
 * The promise's outcome, or a rejection with the signal's reason as soon as it is aborted. The work behind the promise
 * goes on; whoever gave it up does not hear of it any more.
 */
export function abortable<T>(promise: Promise<T>, signal: Signal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const stop = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).then(stop);
  });
}

// One listener a signal, however many calls it is handed to: past ten, Node warns of a leak.
const callbacks = new WeakMap<Signal, Set<() => void>>();

/** Calls back once when the signal is aborted, at once if it is. Returns what takes the callback away. */
export function onAbort(signal: Signal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  const waiting = callbacks.get(signal) ?? listen(signal);
  // A function of its own: the same callback may be given twice.
  const entry = () => callback();
  waiting.add(entry);
  return () => void waiting.delete(entry);
}

function listen(signal: Signal): Set<() => void> {
  const waiting = new Set<() => void>();
  callbacks.set(signal, waiting);
  const abort = () => {
    signal.removeEventListener('abort', abort);
    for (const callback of waiting) callback();
    waiting.clear();
  };
  signal.addEventListener('abort', abort);
  return waiting;
}
