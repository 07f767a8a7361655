/**
 * The stable codes of every error that this library makes. Programming errors are a `TypeError` or a `RangeError` with
 * a `code`; the rest are a {@link CacheError}.
 */
export const ErrorCode = {
  invalidKey: 'ERR_INVALID_KEY',
  invalidValue: 'ERR_INVALID_VALUE',
  invalidArgument: 'ERR_INVALID_ARGUMENT',
  invalidOption: 'ERR_INVALID_OPTION',
  invalidDuration: 'ERR_INVALID_DURATION',
  invalidExpiration: 'ERR_INVALID_EXPIRATION',
  notSerializable: 'ERR_NOT_SERIALIZABLE',
  cacheClosed: 'ERR_CACHE_CLOSED',
  unsupportedOperation: 'ERR_UNSUPPORTED_OPERATION',
  batchFailed: 'ERR_BATCH_FAILED',
  corruptEntry: 'ERR_CORRUPT_ENTRY',
  schemaMismatch: 'ERR_SCHEMA_MISMATCH',
  loadTimeout: 'ERR_LOAD_TIMEOUT',
  recursiveLoad: 'ERR_RECURSIVE_LOAD',
  timeout: 'ERR_TIMEOUT',
  backendUnavailable: 'ERR_BACKEND_UNAVAILABLE',
  backendBusy: 'ERR_BACKEND_BUSY',
  backendLoading: 'ERR_BACKEND_LOADING',
  backendReadOnly: 'ERR_BACKEND_READ_ONLY',
  backendOutOfMemory: 'ERR_BACKEND_OUT_OF_MEMORY',
  backendUnauthorized: 'ERR_BACKEND_UNAUTHORIZED',
  backendForbidden: 'ERR_BACKEND_FORBIDDEN',
  backendFailed: 'ERR_BACKEND_FAILED',
  missingDependency: 'ERR_MISSING_DEPENDENCY',
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

// In the global registry, so that two copies of this module (ESM and CJS, or two entries) know each other's errors.
const brand = Symbol.for('distributed-cache.error');

/**
 * What goes wrong at run time, as opposed to a programming error. `instanceof` holds for it and its subclasses also
 * where the ESM and the CJS copy of this package are both loaded.
 *
 * @example
 * try { await cache.get('k'); } catch (error) {
 *   if (error instanceof CacheError) console.warn(error.code, error.cause);
 * }
 */
export class CacheError extends Error {
  /** Stable across versions, unlike the message. */
  readonly code: string;
  /** @internal */
  declare readonly [brand]: readonly string[];

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    const kinds = kindsOf(new.target);
    Object.defineProperty(this, brand, { value: kinds });
    Object.defineProperty(this, 'name', { value: kinds[0], configurable: true, writable: true });
  }

  /** @internal The name by which another copy of the class is recognized. */
  protected static readonly kind: string = 'CacheError';

  /** Knows the errors of another copy of this package too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // A subclass that somebody else wrote has no kind of its own: for it the prototype chain decides, as usual.
    if (!Object.hasOwn(this, 'kind')) return Function.prototype[Symbol.hasInstance].call(this, value);
    return kindsOfValue(value)?.includes(this.kind) ?? false;
  }
}

function kindsOf(type: unknown): string[] {
  const kinds: string[] = [];
  for (let each = type; typeof each === 'function' && each !== Error; each = Object.getPrototypeOf(each)) {
    kinds.push(Object.hasOwn(each, 'kind') ? (each as unknown as { kind: string }).kind : each.name);
  }
  return kinds;
}

function kindsOfValue(value: unknown): readonly string[] | undefined {
  return typeof value === 'object' && value !== null ? (value as Partial<CacheError>)[brand] : undefined;
}

/** A cache was used after its `close()`. Code `ERR_CACHE_CLOSED`. */
export class CacheClosedError extends CacheError {
  protected static override readonly kind = 'CacheClosedError';
  constructor(cache: string) {
    super(ErrorCode.cacheClosed, `The cache '${cache}' was used after it was closed.`);
  }
}

/** A backend lacks the capability that was asked for. Code `ERR_UNSUPPORTED_OPERATION`. */
export class UnsupportedOperationError extends CacheError {
  protected static override readonly kind = 'UnsupportedOperationError';
  constructor(cache: string, capability: string) {
    super(
      ErrorCode.unsupportedOperation,
      `The cache '${cache}' has no '${capability}': use a backend that has it, or do without this operation.`,
    );
  }
}

/** One key of a batch that was not stored or removed, and why. */
export interface BatchFailure {
  /** Its place in the keys or entries that the call was given. */
  readonly index: number;
  readonly key: string;
  readonly error: unknown;
}

/** Some keys of a batch failed; all others are done. Code `ERR_BATCH_FAILED`; its `cause` is the first failure's. */
export class BatchError extends CacheError {
  protected static override readonly kind = 'BatchError';
  /** What failed, in the order of the call. Everything that is not named here succeeded. */
  readonly failed: readonly BatchFailure[];
  constructor(failed: readonly BatchFailure[], total: number) {
    super(ErrorCode.batchFailed, `${failed.length} of ${total} keys of a batch failed; 'failed' names them.`, {
      cause: failed[0]?.error,
    });
    this.failed = failed;
  }
}

/** What is stored under a key can't be read as what was asked for. Codes `ERR_CORRUPT_ENTRY`, `ERR_SCHEMA_MISMATCH`. */
export class CorruptEntryError extends CacheError {
  protected static override readonly kind = 'CorruptEntryError';
}

/** `getOrCreate` took longer than its `timeout`, or a factory than its `factoryTimeout`. Code `ERR_LOAD_TIMEOUT`. */
export class LoadTimeoutError extends CacheError {
  protected static override readonly kind = 'LoadTimeoutError';
  constructor(key: string, timeoutMs: number, what: 'getOrCreate' | 'The factory' = 'getOrCreate') {
    super(ErrorCode.loadTimeout, `${what} of the key ${quote(key)} took longer than its timeout of ${timeoutMs} ms.`);
  }
}

/**
 * A backend did not do what it was asked: it can't be reached, did not answer in time, or answered with an error. The
 * codes `ERR_TIMEOUT` and `ERR_BACKEND_...`; its `cause` is the client's error, without the command that it was about.
 */
export class BackendError extends CacheError {
  protected static override readonly kind = 'BackendError';
}

/** A factory waits for itself: it asked, itself or through another, for the key it loads. Code `ERR_RECURSIVE_LOAD`. */
export class RecursiveLoadError extends CacheError {
  protected static override readonly kind = 'RecursiveLoadError';
  constructor(path: readonly string[]) {
    super(
      ErrorCode.recursiveLoad,
      `A factory waits for its own result: ${path.map(quote).join(' -> ')}. Call the source directly instead.`,
    );
  }
}

/**
 * Whether a value is a {@link CacheError} of this library (of whichever copy), and if a code is given, one with that code.
 *
 * @example
 * if (isCacheError(error, 'ERR_CACHE_CLOSED')) return;
 */
export function isCacheError(value: unknown, code?: ErrorCode | (string & {})): value is CacheError {
  return kindsOfValue(value) !== undefined && (code === undefined || (value as CacheError).code === code);
}

/** A programming error of the wrong type: names what was given, what was expected and what was got. */
export function typeError(
  code: ErrorCode,
  what: string,
  expected: string,
  got: string,
): TypeError & { code: ErrorCode } {
  return Object.assign(new TypeError(`${what}: expected ${expected}, got ${got}.`), { code });
}

/** A programming error of the right type and a wrong value. */
export function rangeError(
  code: ErrorCode,
  what: string,
  expected: string,
  got: string,
): RangeError & { code: ErrorCode } {
  return Object.assign(new RangeError(`${what}: expected ${expected}, got ${got}.`), { code });
}

const ownCodes = new Set<unknown>(Object.values(ErrorCode));

/** The caller's mistake, by our own codes: the errors of Node and of clients are TypeErrors with a code too. */
export function isProgrammingError(error: unknown): boolean {
  return (error instanceof TypeError || error instanceof RangeError) && 'code' in error && ownCodes.has(error.code);
}

/** An option's value for a message. Never used for cached values. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object'
    ? `an object (${Object.prototype.toString.call(value).slice(8, -1)})`
    : `a ${typeof value}`;
}

/** A key for a message: quoted, escaped, and cut where it is long. */
export function quote(key: string): string {
  return JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}...` : key);
}
