import { checkLeaseDuration } from '../core/capabilities.js';
import { type Clock, systemClock } from '../core/clock.js';
import { parseTimerDelay } from '../core/duration.js';
import { quote } from '../core/errors.js';
import { checkBoolean, checkClock, checkOptions, checkPositiveInteger } from '../core/options.js';
import { jsonSerializer } from '../core/serializers/json.js';
import type { HybridCacheOptions, HybridEntryOptions } from './options.js';
import { checkSerializer, checkSharing, type Policy, policyOf } from './plan.js';

/** {@link HybridCacheOptions}, checked once, as the parts of the cache use them. */
export interface Settings {
  readonly clock: Clock;
  readonly local: { readonly maxEntries: number; readonly maxBytes: number } | undefined;
  /** What calls without options get. */
  readonly defaults: Policy;
  /** The same by the beginning of the key, the longest first. */
  readonly defaultsByPrefix: readonly (readonly [prefix: string, policy: Policy])[];
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
    factoryTimeout: parseTimerDelay(options.factoryTimeout ?? '5m', 'factoryTimeout'),
    jitter: 0,
    sharing: checkSharing(options.sharing ?? 'safe'),
    eagerRefresh: 0,
    failSafe: undefined,
  };
  const policy = policyOf(entryOptions(defaults), base);
  return {
    clock: checkClock(clock),
    local: localOf(options.local),
    defaults: policy,
    defaultsByPrefix: byPrefix(options.defaultsByPrefix ?? {}, policy),
    maxStalenessMs: parseTimerDelay(maxStaleness, 'maxStaleness', shortestBound),
    connectTimeoutMs: parseTimerDelay(options.connectTimeout ?? '5s', 'connectTimeout'),
    maxKeyLength: checkPositiveInteger(options.maxKeyLength ?? 1_024, 'maxKeyLength'),
    maxPayloadBytes: checkPositiveInteger(options.maxPayloadBytes ?? 1_048_576, 'maxPayloadBytes'),
    cacheNull: checkBoolean(options.cacheNull ?? true, 'cacheNull'),
  };
}

/** What defaults may name, and nothing else. */
function entryOptions(options: HybridEntryOptions): HybridEntryOptions {
  const { expiration, localExpiration, jitter, eagerRefresh, failSafe } = options;
  return { expiration, localExpiration, jitter, eagerRefresh, failSafe };
}

function byPrefix(given: NonNullable<HybridCacheOptions['defaultsByPrefix']>, defaults: Policy) {
  checkOptions(given, 'defaultsByPrefix');
  return Object.entries(given)
    .map(([prefix, options]) => {
      checkOptions(options, `defaultsByPrefix[${quote(prefix)}]`);
      return [prefix, policyOf(entryOptions(options), defaults)] as const;
    })
    .sort(([one], [other]) => other.length - one.length);
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
