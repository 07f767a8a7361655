/**
 * Where a cache gets its time and its timers. Tests pass a `FakeClock` (entry `distributed-cache/testing`).
 *
 * @example
 * const cache = new MemoryCache({ clock: new FakeClock() });
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Runs `run` once, after `ms` milliseconds (at most 2^31 - 1). The timer must not keep the process alive. */
  setTimeout(run: () => void, ms: number): unknown;
  /** Cancels what {@link Clock.setTimeout} gave. */
  clearTimeout(timer: unknown): void;
}

declare const Deno: { unrefTimer(id: number): void } | undefined;

/** The system's clock. Its timers keep no process alive. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  setTimeout(run: () => void, ms: number): unknown {
    const timer: unknown = setTimeout(run, ms);
    if (typeof timer === 'object' && timer !== null) (timer as { unref?(): void }).unref?.();
    else if (typeof Deno !== 'undefined') Deno.unrefTimer(timer as number);
    return timer;
  },
  clearTimeout: (timer: unknown) => clearTimeout(timer as number),
});

/** The longest delay that the platforms' timers take: 2^31 - 1 ms, about 25 days. */
export const maxTimerDelay = 2 ** 31 - 1;
