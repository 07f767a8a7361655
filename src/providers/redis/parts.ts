import type { Clock } from '../../core/clock.js';
import type { Deadlines } from '../../core/deadlines.js';
import { ErrorCode, rangeError } from '../../core/errors.js';
import type { EventListener } from '../../core/events.js';
import type { Publisher } from './invalidations/publisher.js';
import type { Lane } from './lane/lane.js';
import type { Link } from './link.js';

/** What the operations of one cache share. */
export interface RedisParts {
  /** The cache's name, for errors and events. */
  readonly name: string;
  readonly instanceName: string;
  readonly clock: Clock;
  readonly emit: EventListener | undefined;
  readonly link: Link;
  readonly lane: Lane;
  readonly publisher: Publisher;
}

/** The same, for calls that have a deadline. */
export interface DeadlinedParts extends RedisParts {
  readonly deadlines: Deadlines;
}

/** How long a value may be: what Redis takes by default (`proto-max-bulk-len`). */
const maxValueLength = 512 * 1024 * 1024;

/** @throws RangeError `ERR_INVALID_VALUE` for a value that Redis would not take. */
export function checkSize(value: Uint8Array, what = 'value'): void {
  if (value.byteLength <= maxValueLength) return;
  throw rangeError(ErrorCode.invalidValue, what, 'at most 512 MiB, as Redis takes', `${value.byteLength} bytes`);
}

declare const Buffer: { from(bytes: Uint8Array): Uint8Array };

/** The value's bytes as they are now, in an array of its own, and of the kind that clients send as bytes. */
export const ownBytes = (value: Uint8Array): Uint8Array => Buffer.from(value);
