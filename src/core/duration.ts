import { maxTimerDelay } from './clock.js';
import { ErrorCode, rangeError, show, typeError } from './errors.js';

/** The units that a {@link Duration} string may end with. */
export type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd';

/**
 * A span of time: a number of milliseconds, or a number and a unit without a space between (`'250ms'`, `'30s'`,
 * `'5m'`, `'1.5h'`, `'7d'`). It must be positive and finite, and is rounded to a whole millisecond (at least one).
 */
export type Duration = number | `${number}${DurationUnit}`;

const unitMs: Record<DurationUnit, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const expected = "a positive, finite number of milliseconds or a string such as '250ms', '30s', '5m', '1.5h', '7d'";

/** The largest time a `Date` can hold, in milliseconds since the epoch (ECMA-262, "Time Values and Time Range"). */
export const maxTime = 8.64e15;

/**
 * Milliseconds of a {@link Duration}: a whole number, at least 1.
 *
 * @param option - The name of the option, for the message.
 * @throws TypeError `ERR_INVALID_DURATION` if it is neither a number nor a string.
 * @throws RangeError `ERR_INVALID_DURATION` if it is not positive and finite, not a duration, or longer than any `Date`.
 * @example
 * parseDuration('5m', 'relativeExpiration'); // 300000
 */
export function parseDuration(duration: Duration, option: string): number {
  if (typeof duration !== 'number' && typeof duration !== 'string') {
    throw typeError(ErrorCode.invalidDuration, option, expected, show(duration));
  }
  const ms = typeof duration === 'number' ? duration : millisecondsOf(duration);
  if (!(ms > 0 && ms <= maxTime)) throw rangeError(ErrorCode.invalidDuration, option, expected, show(duration));
  return Math.max(1, Math.round(ms));
}

/**
 * {@link parseDuration}, of a duration that a timer has to take: at most 2^31 - 1 ms.
 *
 * @param least - The shortest that makes sense, in ms.
 * @throws TypeError or RangeError `ERR_INVALID_DURATION`
 */
export function parseTimerDelay(duration: Duration, option: string, least = 1): number {
  const ms = parseDuration(duration, option);
  if (ms >= least && ms <= maxTimerDelay) return ms;
  const range = least > 1 ? `at least ${least} and at most ${maxTimerDelay} ms` : `at most ${maxTimerDelay} ms`;
  throw rangeError(ErrorCode.invalidDuration, option, range, show(duration));
}

let lastText = '';
let lastMs = Number.NaN;

// A caller writes the same few durations again and again, most often one: a cache of one costs no memory to bound.
function millisecondsOf(text: string): number {
  if (text === lastText) return lastMs;
  const match = pattern.exec(text);
  lastText = text;
  lastMs = match ? Number(match[1]) * unitMs[match[2] as DurationUnit] : Number.NaN;
  return lastMs;
}
