import { checkArray, checkKey } from '../core/arguments.js';
import { checkLeaseDuration } from '../core/capabilities.js';
import { type Duration, parseDuration, parseTimerDelay } from '../core/duration.js';
import { ErrorCode, rangeError, show, typeError } from '../core/errors.js';
import { checkOptions } from '../core/options.js';
import type { Serializer } from '../core/serializer.js';
import type { HybridAdaptedOptions, HybridFailSafeOptions, HybridLoadOptions, HybridSharing } from './options.js';
import { validatorsStart } from './payload.js';
import type { Flight } from './protocol/flight.js';

/** How a value is stored: the options of a call, checked, with the defaults of the cache. */
export interface Policy {
  /** In ms. */
  readonly expiration: number;
  /** In ms. */
  readonly localExpiration: number;
  readonly tags: readonly string[];
  readonly serializer: Serializer;
  /** In ms. */
  readonly leaseDuration: number;
  /** In ms. */
  readonly factoryTimeout: number;
  /** In ms: how much longer than that each is kept at most, by chance. */
  readonly jitter: number;
  readonly sharing: HybridSharing;
  /** After which part of its expiration a value is refreshed; 0: never. */
  readonly eagerRefresh: number;
  /** `undefined`: what is past its end is not kept. */
  readonly failSafe: FailSafe | undefined;
}

/** {@link HybridFailSafeOptions}, checked. */
export interface FailSafe {
  /** In ms. */
  readonly maxDuration: number;
  /** In ms. */
  readonly throttleDuration: number;
  /** In ms. */
  readonly softTimeout: number | undefined;
}

/** How a flight loads. */
export interface LoadPlan {
  readonly policy: Policy;
  /** Runs the factory. */
  run(flight: Flight): unknown;
  /** What the value says of its policy. */
  readonly adapt?: ((value: never) => HybridAdaptedOptions | undefined) | undefined;
}

const noTags: readonly string[] = Object.freeze([]);

// As long as a tag's time is kept, in ms: an entry that lives longer would outlive the removal of its tag.
const longestExpiration = 1_000 * 86_400_000;

function lifetimeOf(duration: Duration, option = 'expiration'): number {
  const ms = parseDuration(duration, option);
  if (ms <= longestExpiration) return ms;
  throw rangeError(ErrorCode.invalidDuration, option, "at most '1000d'", show(duration));
}

/** @throws TypeError or RangeError for an option that is none. */
export function policyOf(options: HybridLoadOptions<never> | undefined, defaults: Policy): Policy {
  if (options === undefined) return defaults;
  checkOptions(options);
  const { expiration, localExpiration, tags, serializer, leaseDuration, jitter, sharing, eagerRefresh } = options;
  const { factoryTimeout, failSafe } = options;
  const lifetime = expiration === undefined ? defaults.expiration : lifetimeOf(expiration);
  return {
    expiration: lifetime,
    localExpiration: Math.min(lifetime, localOf(localExpiration, defaults, expiration)),
    tags: tags === undefined ? noTags : checkTags(tags),
    serializer: serializer === undefined ? defaults.serializer : checkSerializer(serializer),
    leaseDuration:
      leaseDuration === undefined ? defaults.leaseDuration : checkLeaseDuration(leaseDuration, 'leaseDuration'),
    factoryTimeout:
      factoryTimeout === undefined ? defaults.factoryTimeout : parseTimerDelay(factoryTimeout, 'factoryTimeout'),
    jitter: jitter === undefined ? defaults.jitter : jitterOf(jitter),
    sharing: sharing === undefined ? defaults.sharing : checkSharing(sharing),
    eagerRefresh: eagerRefresh === undefined ? defaults.eagerRefresh : checkFraction(eagerRefresh),
    failSafe: failSafe === undefined ? defaults.failSafe : failSafeOf(failSafe, defaults.failSafe),
  };
}

const failSafeDefaults: FailSafe = { maxDuration: 86_400_000, throttleDuration: 30_000, softTimeout: undefined };

function failSafeOf(given: boolean | HybridFailSafeOptions, defaults = failSafeDefaults): FailSafe | undefined {
  if (typeof given === 'boolean') return given ? defaults : undefined;
  checkOptions(given, 'failSafe');
  const { maxDuration, throttleDuration, softTimeout } = given;
  return {
    maxDuration: maxDuration === undefined ? defaults.maxDuration : lifetimeOf(maxDuration, 'failSafe.maxDuration'),
    throttleDuration:
      throttleDuration === undefined
        ? defaults.throttleDuration
        : lifetimeOf(throttleDuration, 'failSafe.throttleDuration'),
    softTimeout:
      softTimeout === undefined ? defaults.softTimeout : parseTimerDelay(softTimeout, 'failSafe.softTimeout'),
  };
}

/** How long a value is kept from now on, in ms: for as long as it may be served, past its end too. */
export function keptFor({ expiration, failSafe }: Policy): number {
  return failSafe === undefined ? expiration : Math.max(expiration, failSafe.maxDuration);
}

/** The times of a value that is stored now, by the clock of `now` in ms. */
export function timesOf(now: number, policy: Policy) {
  return {
    expiresAt: now + policy.localExpiration,
    refreshAt: refreshTime(now, policy.expiration, policy.expiration, policy),
    isStale: false,
    staleUntil: policy.failSafe === undefined ? -Infinity : now + keptFor(policy),
    retryAt: -Infinity,
  };
}

/** The policy for a value that is stored now: with its jitter drawn, and with what the value says itself. */
export function drawn(policy: Policy, adapted?: HybridAdaptedOptions): Policy {
  const own =
    adapted === undefined
      ? policy
      : { ...policyOf(adapted, policy), tags: adapted.tags ? checkTags(adapted.tags) : policy.tags };
  if (own.jitter === 0) return own;
  const expiration = Math.min(longestExpiration, own.expiration + Math.floor(Math.random() * (own.jitter + 1)));
  // A local expiration that only follows the expiration goes on following it.
  return {
    ...own,
    expiration,
    localExpiration: own.localExpiration < own.expiration ? own.localExpiration : expiration,
  };
}

/**
 * When a value is due to be refreshed, in ms.
 *
 * @param left - Of its life.
 * @param life - All of it.
 */
export function refreshTime(now: number, left: number, life: number, { eagerRefresh }: Policy): number {
  return eagerRefresh === 0 ? Infinity : now + left - (1 - eagerRefresh) * life;
}

/** @throws RangeError `ERR_INVALID_OPTION` */
function checkFraction(eagerRefresh: number): number {
  if (typeof eagerRefresh === 'number' && eagerRefresh >= 0 && eagerRefresh < 1) return eagerRefresh;
  throw rangeError(ErrorCode.invalidOption, 'eagerRefresh', 'a number from 0 to less than 1', show(eagerRefresh));
}

function jitterOf(jitter: Duration): number {
  return jitter === 0 ? 0 : lifetimeOf(jitter, 'jitter');
}

/** @throws TypeError `ERR_INVALID_OPTION` */
export function checkSharing(sharing: HybridSharing): HybridSharing {
  if (sharing === 'safe' || sharing === 'reference') return sharing;
  throw typeError(ErrorCode.invalidOption, 'sharing', "'safe' or 'reference'", show(sharing));
}

function localOf(localExpiration: Duration | undefined, defaults: Policy, expiration: Duration | undefined): number {
  if (localExpiration !== undefined) return parseDuration(localExpiration, 'localExpiration');
  // A default of its own holds for every call; one that only follows the expiration follows that of the call.
  return defaults.localExpiration === defaults.expiration && expiration !== undefined
    ? Infinity
    : defaults.localExpiration;
}

/** @throws TypeError or RangeError `ERR_INVALID_ARGUMENT`, `ERR_INVALID_KEY` */
export function checkTags(tags: readonly string[]): readonly string[] {
  checkArray(tags, 'tags');
  tags.forEach((tag, i) => {
    checkTag(tag, `tags[${i}]`);
    if (tag === '*')
      throw rangeError(ErrorCode.invalidArgument, `tags[${i}]`, "anything but '*', which is every entry", show(tag));
  });
  return tags.length === 0 ? noTags : [...new Set(tags)];
}

export function checkTag(tag: string, what = 'tag'): void {
  checkKey(tag, what);
  if (tag === '') throw rangeError(ErrorCode.invalidArgument, what, 'a string that is not empty', show(tag));
  if (tag.startsWith(validatorsStart))
    throw rangeError(
      ErrorCode.invalidArgument,
      what,
      `anything that does not begin with '${validatorsStart}'`,
      show(tag),
    );
}

/** @throws TypeError `ERR_INVALID_OPTION` */
export function checkSerializer(serializer: Serializer): Serializer {
  const methods = ['serialize', 'deserialize'] as const;
  if (
    typeof serializer === 'object' &&
    serializer !== null &&
    methods.every((method) => typeof serializer[method] === 'function')
  )
    return serializer;
  throw typeError(ErrorCode.invalidOption, 'serializer', 'an object with serialize and deserialize', show(serializer));
}
