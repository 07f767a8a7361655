import type { Clock } from '../../core/clock.js';
import { type Duration, parseDuration, parseTimerDelay } from '../../core/duration.js';
import type { EventOptions } from '../../core/events.js';
import { checkClock, checkOptions, checkPositiveInteger } from '../../core/options.js';

/** When a fail-open cache stops asking its backend, and how it finds out that it is back. */
export interface BreakerOptions {
  /**
   * After how many failures, within `within`, the backend is not asked any more.
   *
   * @default 5
   */
  readonly failures?: number | undefined;
  /**
   * How far back failures count.
   *
   * @default '10s'
   */
  readonly within?: Duration | undefined;
  /**
   * How often a backend that is not asked is tried with a single call, and how often a removal that could not be made
   * up for is tried again. At most 2^31 - 1 ms.
   *
   * @default '1s'
   */
  readonly probeInterval?: Duration | undefined;
}

/** Options of `failOpen`, every one optional. */
export interface FailOpenOptions extends EventOptions {
  /**
   * How long an operation may take before its caller goes on without it. At most 2^31 - 1 ms.
   *
   * @default '250ms'
   */
  readonly deadline?: Duration | undefined;
  /** When the backend is not asked any more, and when it is asked again. */
  readonly breaker?: BreakerOptions | undefined;
  /**
   * How many removals are remembered by name. What is more is remembered in a form that costs some misses of other
   * keys: `docs/fail-open.md`, "When more is removed than can be remembered".
   *
   * @default 10_000
   */
  readonly maxRemembered?: number | undefined;
  /**
   * Where time and timers come from.
   *
   * @default the wrapped cache's clock; systemClock where it has none
   */
  readonly clock?: Clock | undefined;
}

/** {@link FailOpenOptions}, checked, in numbers. */
export interface Settings {
  readonly deadlineMs: number;
  readonly failures: number;
  readonly withinMs: number;
  readonly probeIntervalMs: number;
  readonly maxRemembered: number;
  readonly clock: Clock;
}

/** @throws TypeError or RangeError `ERR_INVALID_OPTION`, `ERR_INVALID_DURATION` */
export function settingsOf(options: FailOpenOptions, innerClock: Clock): Settings {
  checkOptions(options);
  const { deadline = '250ms', breaker = {}, maxRemembered = 10_000, clock = innerClock } = options;
  checkOptions(breaker, 'breaker');
  const { failures = 5, within = '10s', probeInterval = '1s' } = breaker;
  return {
    deadlineMs: parseTimerDelay(deadline, 'deadline'),
    failures: checkPositiveInteger(failures, 'breaker.failures'),
    withinMs: parseDuration(within, 'breaker.within'),
    probeIntervalMs: parseTimerDelay(probeInterval, 'breaker.probeInterval'),
    maxRemembered: checkPositiveInteger(maxRemembered, 'maxRemembered'),
    clock: checkClock(clock),
  };
}
