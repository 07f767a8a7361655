import type { Clock } from './clock.js';
import { ErrorCode, rangeError, show, typeError } from './errors.js';

// Checks for constructors: they name the option, what was expected and what was got.

/** @throws TypeError `ERR_INVALID_OPTION` unless `options` is an object. */
export function checkOptions(options: unknown, what = 'options'): void {
  if (typeof options !== 'object' || options === null)
    throw typeError(ErrorCode.invalidOption, what, 'an object', show(options));
}

/** @throws TypeError or RangeError `ERR_INVALID_OPTION` */
export function checkPositiveInteger(value: number, option: string): number {
  const expected = 'a positive integer';
  if (typeof value !== 'number') throw typeError(ErrorCode.invalidOption, option, expected, show(value));
  if (!Number.isSafeInteger(value) || value <= 0)
    throw rangeError(ErrorCode.invalidOption, option, expected, show(value));
  return value;
}

/** @throws TypeError `ERR_INVALID_OPTION` */
export function checkBoolean(value: boolean, option: string): boolean {
  if (typeof value !== 'boolean') throw typeError(ErrorCode.invalidOption, option, 'a boolean', show(value));
  return value;
}

/** @throws TypeError `ERR_INVALID_OPTION` */
export function checkClock(clock: Clock): Clock {
  const methods = ['now', 'setTimeout', 'clearTimeout'] as const;
  if (typeof clock !== 'object' || clock === null || methods.some((method) => typeof clock[method] !== 'function')) {
    throw typeError(ErrorCode.invalidOption, 'clock', `an object with the methods ${methods.join(', ')}`, show(clock));
  }
  return clock;
}

/** @throws TypeError `ERR_INVALID_OPTION` */
export function checkOptionalFunction(value: unknown, option: string): void {
  if (value !== undefined && typeof value !== 'function') {
    throw typeError(ErrorCode.invalidOption, option, 'a function', show(value));
  }
}
