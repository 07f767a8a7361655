import { type Duration, maxTime, parseDuration } from './duration.js';
import { ErrorCode, rangeError, show, typeError } from './errors.js';

/** When an entry ends. Without any of the three it stays until it is removed or evicted. */
export interface EntryOptions {
  /** A fixed time; it must be in the future. .NET's `AbsoluteExpiration`. */
  readonly absoluteExpiration?: Date | undefined;
  /** A fixed time, counted from the set. Wins over `absoluteExpiration`. .NET's `AbsoluteExpirationRelativeToNow`. */
  readonly relativeExpiration?: Duration | undefined;
  /**
   * How long the entry lives without being read; each `get` and `refresh` starts the window again. Capped by the other
   * two. .NET's `SlidingExpiration`.
   */
  readonly slidingExpiration?: Duration | undefined;
}

/** {@link EntryOptions}, validated and in numbers: what every provider stores. */
export interface Lifetime {
  /** What was asked for as relative, in ms: for a backend that counts by its own clock. */
  readonly relative: number | undefined;
  /** Milliseconds since the epoch after which nothing keeps the entry; `Infinity` for none. */
  readonly absolute: number;
  /** The sliding window in ms; `Infinity` for none. */
  readonly sliding: number;
}

const forever: Lifetime = Object.freeze({ relative: undefined, absolute: Infinity, sliding: Infinity });

/**
 * The one place that turns {@link EntryOptions} into numbers, for providers of any kind.
 *
 * @param now - The provider's clock, in ms since the epoch.
 * @throws RangeError `ERR_INVALID_EXPIRATION` for an absolute time that is not in the future (also beside a relative
 *   one, as in .NET) or an invalid `Date`, and for one past the largest `Date`; `ERR_INVALID_DURATION` for a relative
 *   or sliding time that is not positive and finite.
 * @throws TypeError with the same codes where the type is wrong.
 * @example
 * const lifetime = resolveLifetime({ relativeExpiration: '5m', slidingExpiration: '1m' }, clock.now());
 * entry.deadline = deadlineOf(lifetime, clock.now());
 */
export function resolveLifetime(options: EntryOptions | undefined, now: number): Lifetime {
  if (options === undefined) return forever;
  checkEntryOptions(options);
  const { absoluteExpiration, relativeExpiration, slidingExpiration } = options;
  if (absoluteExpiration === undefined && relativeExpiration === undefined && slidingExpiration === undefined)
    return forever;
  const fixed = absoluteExpiration === undefined ? Infinity : futureTime(absoluteExpiration, now);
  const relative = reachable(relativeExpiration, 'relativeExpiration', now);
  const sliding = reachable(slidingExpiration, 'slidingExpiration', now) ?? Infinity;
  return { relative, absolute: relative === undefined ? fixed : now + relative, sliding };
}

/** When an entry that was written or read at `now` ends, in ms since the epoch: its window, capped. */
export function deadlineOf(lifetime: Pick<Lifetime, 'absolute' | 'sliding'>, now: number): number {
  return Math.min(lifetime.absolute, now + lifetime.sliding);
}

/** @throws TypeError `ERR_INVALID_OPTION` unless the options are an object. */
export function checkEntryOptions(options: unknown): asserts options is EntryOptions {
  if (typeof options !== 'object' || options === null) {
    throw typeError(ErrorCode.invalidOption, 'entry options', 'an object', show(options));
  }
}

function futureTime(date: Date, now: number): number {
  // Not instanceof: under jest a Date may come from another realm.
  if (Object.prototype.toString.call(date) !== '[object Date]') {
    throw typeError(ErrorCode.invalidExpiration, 'absoluteExpiration', 'a Date', show(date));
  }
  const time = date.getTime();
  if (!(time > now)) {
    const got = Number.isNaN(time) ? 'an invalid Date' : date.toISOString();
    throw rangeError(ErrorCode.invalidExpiration, 'absoluteExpiration', `a time after ${iso(now)}`, got);
  }
  return time;
}

function reachable(duration: Duration | undefined, option: string, now: number): number | undefined {
  if (duration === undefined) return undefined;
  const ms = parseDuration(duration, option);
  if (now + ms > maxTime) {
    throw rangeError(
      ErrorCode.invalidExpiration,
      option,
      `an end before ${iso(maxTime)}, the largest Date`,
      show(duration),
    );
  }
  return ms;
}

const iso = (time: number) => new Date(time).toISOString();
