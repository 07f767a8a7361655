import { ErrorCode, rangeError } from '../../core/errors.js';
import type { EntryOptions, Lifetime } from '../../core/lifetime.js';
import { resolveLifetime } from '../../core/lifetime.js';
import { ticksOf, ticksPerMs } from '../../core/ticks.js';

// .NET's DateTimeOffset ends at 9999-12-31T23:59:59.9999999Z, and its TimeSpan at 2^63 - 1 ticks of 100 ns.
const lastTime = Date.UTC(10_000, 0, 1) - 1;
const longestWindow = 922_337_203_685_477;

/**
 * {@link resolveLifetime}, for what Redis and .NET can hold.
 *
 * @throws RangeError `ERR_INVALID_EXPIRATION` for an end after the year 9999 or a window of more than 29,000 years.
 */
export function storableLifetime(options: EntryOptions | undefined, now: number): Lifetime {
  const lifetime = resolveLifetime(options, now);
  if (lifetime.absolute !== Infinity && lifetime.absolute > lastTime) {
    const option = lifetime.relative === undefined ? 'absoluteExpiration' : 'relativeExpiration';
    const got = new Date(lifetime.absolute).toISOString();
    throw rangeError(ErrorCode.invalidExpiration, option, 'an end before the year 10000', got);
  }
  if (lifetime.sliding !== Infinity && lifetime.sliding > longestWindow) {
    const expected = `at most ${longestWindow} ms, the longest TimeSpan of .NET`;
    throw rangeError(ErrorCode.invalidExpiration, 'slidingExpiration', expected, `${lifetime.sliding} ms`);
  }
  return lifetime;
}

/** A window in ticks, as the field `sldexp` has it. */
export const windowTicks = (ms: number) => String(BigInt(ms) * ticksPerMs);

/** A lifetime as the scripts take it (`scripts/head.ts`, `put`). */
export function lifeText({ relative, absolute, sliding }: Lifetime): string {
  if (sliding === Infinity) {
    if (relative !== undefined) return String(relative);
    return absolute === Infinity ? '' : ` ${absolute} ${ticksOf(absolute)}  `;
  }
  const window = `${sliding} ${windowTicks(sliding)}`;
  if (relative !== undefined) return `${relative}   ${window}`;
  return absolute === Infinity ? `   ${window}` : ` ${absolute} ${ticksOf(absolute)} ${window}`;
}
