import type { Clock } from './clock.js';

/** Resolves with the work, or after so many milliseconds; rejects where the work does so before. */
export async function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  let timer: unknown;
  const over = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, ms);
  });
  try {
    await Promise.race([work, over]);
  } finally {
    clock.clearTimeout(timer);
  }
}
