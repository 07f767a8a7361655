import { checkArray, checkKey } from '../core/arguments.js';
import { checkLeaseDuration } from '../core/capabilities.js';
import { type Duration, parseDuration } from '../core/duration.js';
import { ErrorCode, rangeError, show, typeError } from '../core/errors.js';
import { checkOptions } from '../core/options.js';
import type { Serializer } from '../core/serializer.js';
import type { HybridLoadOptions } from './options.js';
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
}

/** How a flight loads. */
export interface LoadPlan {
  readonly policy: Policy;
  /** Runs the factory. */
  run(flight: Flight): unknown;
}

const noTags: readonly string[] = Object.freeze([]);

// As long as a tag's time is kept, in ms: an entry that lives longer would outlive the removal of its tag.
const longestExpiration = 1_000 * 86_400_000;

function lifetimeOf(expiration: Duration): number {
  const ms = parseDuration(expiration, 'expiration');
  if (ms <= longestExpiration) return ms;
  throw rangeError(ErrorCode.invalidDuration, 'expiration', "at most '1000d'", show(expiration));
}

/** @throws TypeError or RangeError for an option that is none. */
export function policyOf(options: HybridLoadOptions | undefined, defaults: Policy): Policy {
  if (options === undefined) return defaults;
  checkOptions(options);
  const { expiration, localExpiration, tags, serializer, leaseDuration } = options;
  const lifetime = expiration === undefined ? defaults.expiration : lifetimeOf(expiration);
  return {
    expiration: lifetime,
    localExpiration: Math.min(lifetime, localOf(localExpiration, defaults, expiration)),
    tags: tags === undefined ? noTags : checkTags(tags),
    serializer: serializer === undefined ? defaults.serializer : checkSerializer(serializer),
    leaseDuration:
      leaseDuration === undefined ? defaults.leaseDuration : checkLeaseDuration(leaseDuration, 'leaseDuration'),
  };
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
