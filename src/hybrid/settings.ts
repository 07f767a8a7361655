import { checkLeaseDuration } from '../core/capabilities.js';
import { type Clock, maxTimerDelay, systemClock } from '../core/clock.js';
import { type Duration, parseDuration } from '../core/duration.js';
import { ErrorCode, rangeError, show } from '../core/errors.js';
import { checkBoolean, checkClock, checkOptions, checkPositiveInteger } from '../core/options.js';
import { jsonSerializer } from '../core/serializers/json.js';
import type { HybridCacheOptions } from './options.js';
import { checkSerializer, type Policy, policyOf } from './plan.js';

/** {@link HybridCacheOptions}, checked once, as the parts of the cache use them. */
export interface Settings {
  readonly clock: Clock;
  readonly local: { readonly maxEntries: number; readonly maxBytes: number } | undefined;
  /** What calls without options get. */
  readonly defaults: Policy;
  readonly maxStalenessMs: number;
  readonly connectTimeoutMs: number;
  readonly maxKeyLength: number;
  readonly maxPayloadBytes: number;
  readonly cacheNull: boolean;
}

const shortestBound = 100;

/** @throws TypeError or RangeError `ERR_INVALID_OPTION`, `ERR_INVALID_DURATION` */
export function settingsOf(options: HybridCacheOptions): Settings {
  checkOptions(options);
  const { clock = systemClock, serializer = jsonSerializer, defaults = {}, maxStaleness = '5s' } = options;
  checkOptions(defaults, 'defaults');
  const base: Policy = {
    expiration: 300_000,
    localExpiration: 300_000,
    tags: [],
    serializer: checkSerializer(serializer),
    leaseDuration: checkLeaseDuration(options.leaseDuration ?? '30s', 'leaseDuration'),
  };
  const { expiration, localExpiration } = defaults;
  return {
    clock: checkClock(clock),
    local: localOf(options.local),
    defaults: policyOf({ expiration, localExpiration }, base),
    maxStalenessMs: timerOf(maxStaleness, 'maxStaleness', shortestBound),
    connectTimeoutMs: timerOf(options.connectTimeout ?? '5s', 'connectTimeout', 1),
    maxKeyLength: checkPositiveInteger(options.maxKeyLength ?? 1_024, 'maxKeyLength'),
    maxPayloadBytes: checkPositiveInteger(options.maxPayloadBytes ?? 1_048_576, 'maxPayloadBytes'),
    cacheNull: checkBoolean(options.cacheNull ?? true, 'cacheNull'),
  };
}

function localOf(local: HybridCacheOptions['local']): Settings['local'] {
  if (local === false) return undefined;
  const { maxEntries = 10_000, maxBytes = 104_857_600 } = local ?? {};
  if (local !== undefined) checkOptions(local, 'local');
  return {
    maxEntries: checkPositiveInteger(maxEntries, 'local.maxEntries'),
    maxBytes: checkPositiveInteger(maxBytes, 'local.maxBytes'),
  };
}

/** @throws TypeError or RangeError `ERR_INVALID_DURATION` */
export function timerOf(duration: Duration, option: string, least: number): number {
  const ms = parseDuration(duration, option);
  if (ms >= least && ms <= maxTimerDelay) return ms;
  throw rangeError(ErrorCode.invalidDuration, option, `${least} to ${maxTimerDelay} ms`, show(duration));
}
