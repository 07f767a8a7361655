/** The suite's own assertions: it must run in any test runner. A message says what was expected and what was got. */

export function fail(what: string, expected: string, got: string): never {
  throw new Error(`${what}: expected ${expected}, got ${got}.`);
}

export function check(condition: boolean, what: string, expected: string, got: unknown): void {
  if (!condition) fail(what, expected, show(got));
}

export function equal(actual: unknown, expected: unknown, what: string): void {
  if (!Object.is(actual, expected)) fail(what, show(expected), show(actual));
}

export function isMissing(actual: unknown, what: string): void {
  equal(actual, undefined, what);
}

export function sameBytes(actual: unknown, expected: Uint8Array, what: string): asserts actual is Uint8Array {
  // By tag, not instanceof: the cache's array may come from another realm.
  const isBytes = Object.prototype.toString.call(actual) === '[object Uint8Array]';
  const value = actual as Uint8Array;
  if (!isBytes || value.length !== expected.length || !value.every((byte, i) => byte === expected[i])) {
    fail(what, show(expected), show(actual));
  }
}

/** Compares as sets: a listing has no order. */
export function sameKeys(actual: Iterable<string>, expected: readonly string[], what: string): void {
  const sorted = (keys: Iterable<string>) => [...new Set(keys)].sort();
  const [got, wanted] = [sorted(actual), sorted(expected)];
  if (got.length !== wanted.length || got.some((key, i) => key !== wanted[i])) fail(what, show(wanted), show(got));
}

export interface ExpectedError {
  readonly type: 'TypeError' | 'RangeError' | 'CacheClosedError';
  /** Any one of these. */
  readonly codes: readonly string[];
  /** What the message must contain. */
  readonly says?: readonly string[];
}

/** `run` must return a promise, and that must reject with such an error. */
export async function rejects(run: () => PromiseLike<unknown>, expected: ExpectedError, what: string): Promise<void> {
  const error = await rejection(run, `a rejection with a ${expected.type} (${expected.codes.join(' or ')})`, what);
  const { name, code, message } = Object(error) as { name?: unknown; code?: unknown; message?: unknown };
  equal(name, expected.type, `${what}: the error's name`);
  check(expected.codes.includes(code as string), `${what}: the error's code`, expected.codes.join(' or '), code);
  for (const text of expected.says ?? []) {
    check(String(message).includes(text), `${what}: the error's message`, `one that contains ${show(text)}`, message);
  }
}

/** `run` must return a promise, and that must reject with just this reason. */
export async function rejectsWith(run: () => PromiseLike<unknown>, reason: unknown, what: string): Promise<void> {
  equal(await rejection(run, `a rejection with ${show(reason)}`, what), reason, `${what}: the reason`);
}

async function rejection(run: () => PromiseLike<unknown>, expected: string, what: string): Promise<unknown> {
  let promise: PromiseLike<unknown>;
  try {
    promise = run();
  } catch (error) {
    fail(what, `a promise, and ${expected}`, `a synchronous throw of ${show(error)}`);
  }
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  return fail(what, expected, `a promise that resolved to ${show(value)}`);
}

/** All that an async iterable gives. */
export async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

function show(value: unknown): string {
  if (typeof value === 'string') return cut(JSON.stringify(value));
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Error) return `${value.name}: ${cut(value.message)}`;
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `${Object.prototype.toString.call(value).slice(8, -1)} of ${bytes.length} bytes [${cut(bytes.subarray(0, 30).join(', '))}]`;
  }
  if (Array.isArray(value)) return cut(`[${value.slice(0, 30).map(show).join(', ')}]`);
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([k, v]) => `${k}: ${show(v)}`)
      .join(', ')} }`;
  return String(value);
}

const cut = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}...` : text);
