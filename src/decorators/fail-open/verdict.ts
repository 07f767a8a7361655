import {
  BatchError,
  CacheClosedError,
  ErrorCode,
  isCacheError,
  isProgrammingError,
  UnsupportedOperationError,
} from '../../core/errors.js';
import type { CallSubject } from './attempt.js';

/**
 * Whether an error is the caller's to see, also from a cache that fails open: its own mistake, a cache that was closed,
 * a capability or a package that is not there. No waiting makes these go away, and none says anything of the backend.
 */
export function isForCaller(error: unknown): boolean {
  if (error instanceof BatchError) return error.failed.some((each) => isForCaller(each.error));
  return (
    isProgrammingError(error) ||
    error instanceof CacheClosedError ||
    error instanceof UnsupportedOperationError ||
    isCacheError(error, ErrorCode.missingDependency)
  );
}

// The backend is there, and answered with a no: to writes, ...
const refusesWrites = new Set<string>([ErrorCode.backendReadOnly, ErrorCode.backendOutOfMemory]);
// ... or about this command or what is stored under this key.
const concernsKeys = new Set<string>([
  ErrorCode.backendForbidden,
  ErrorCode.backendFailed,
  ErrorCode.corruptEntry,
  ErrorCode.schemaMismatch,
]);

/** Whether a failure may be about some of the keys only, so that the others may do better alone. */
export function mayConcernOne(error: unknown): boolean {
  return isCacheError(error) && concernsKeys.has(error.code);
}

const reads = new Set(['get', 'getMany']);

/**
 * Whether a failure says that the backend can't be used at all: it is not there, does not answer in time, answers that
 * it is loading, busy, or does not know us, refuses reads as if they were writes, or fails in a way that we know nothing
 * of (a backend of somebody else's). A batch says so when all of it failed in such a way.
 */
export function meansDown(error: unknown, { operation, keys }: Pick<CallSubject, 'operation' | 'keys'>): boolean {
  if (error instanceof BatchError) {
    const isWhole = typeof keys === 'string' || error.failed.length >= keys.length;
    return isWhole && error.failed.every((each) => meansDown(each.error, { operation, keys: each.key }));
  }
  if (!isCacheError(error)) return true;
  if (refusesWrites.has(error.code)) return reads.has(operation);
  return !concernsKeys.has(error.code);
}
