import { ErrorCode, show, typeError } from './errors.js';

/**
 * Throws unless the key is a string of well-formed Unicode: a lone surrogate would become U+FFFD in UTF-8, where
 * different keys collide.
 *
 * @param what - What to call it in the message: `'key'` by default.
 * @throws TypeError `ERR_INVALID_KEY`
 */
export function checkKey(key: unknown, what = 'key'): asserts key is string {
  if (typeof key !== 'string') throw typeError(ErrorCode.invalidKey, what, 'a string', show(key));
  if (!isWellFormed(key)) {
    throw typeError(ErrorCode.invalidKey, what, 'well-formed Unicode', `${show(key)}, which has a lone surrogate`);
  }
}

/** `String.prototype.isWellFormed` (ES2024), which every supported runtime has. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

/** Throws unless `keys` is an array of valid keys. @throws TypeError `ERR_INVALID_ARGUMENT`, `ERR_INVALID_KEY` */
export function checkKeys(keys: unknown): asserts keys is readonly string[] {
  checkArray(keys, 'keys');
  for (let i = 0; i < keys.length; i++) checkKey(keys[i], `keys[${i}]`);
}

export function checkArray(list: unknown, what: string): asserts list is readonly unknown[] {
  if (!Array.isArray(list)) throw typeError(ErrorCode.invalidArgument, what, 'an array', show(list));
}

/**
 * Throws unless the value is a `Uint8Array` (a Node `Buffer` is one), of whichever realm: jest gives tests a realm of
 * their own, in which `instanceof` fails.
 *
 * @throws TypeError `ERR_INVALID_VALUE`. The message names the type, never the content.
 */
export function checkValue(value: unknown, what = 'value'): asserts value is Uint8Array {
  if (!isBytes(value)) throw typeError(ErrorCode.invalidValue, what, 'a Uint8Array', kindOf(value));
}

export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === 'Uint8Array';
}

function kindOf(value: unknown): string {
  return value === null || value === undefined ? String(value) : Object.prototype.toString.call(value);
}

/** Throws unless `value` is a function. @throws TypeError `ERR_INVALID_ARGUMENT` */
export function checkFunction(value: unknown, what: string): void {
  if (typeof value !== 'function') throw typeError(ErrorCode.invalidArgument, what, 'a function', show(value));
}
