import type { CacheEvent } from 'distributed-cache';

export const text = (value: string) => new TextEncoder().encode(value);

/** A promise that the test settles, and what counts as a step of a race. */
export function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Lets everything that can go on without I/O or time go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 60; i++) await Promise.resolve();
}

export const typesOf = (events: readonly CacheEvent[]) => events.map((event) => event.type);

/** What a promise has come to without I/O and time: its value, its error's message, or 'pending'. */
export async function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  let outcome: unknown = 'pending';
  promise.then(
    (value) => {
      outcome = value;
    },
    (error: unknown) => {
      outcome = error instanceof Error ? error.message : error;
    },
  );
  await settle();
  return outcome;
}
