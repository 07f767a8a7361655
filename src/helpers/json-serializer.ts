import { ErrorCode, typeError } from '../core/errors.js';
import type { Serializer } from '../core/serializer.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The default {@link Serializer}: JSON in UTF-8. What JSON has no word for (a Date, a Map, `undefined`) changes or goes. */
export const jsonSerializer: Serializer = Object.freeze({
  serialize(value: unknown): Uint8Array {
    const text = stringify(value);
    if (text === undefined) {
      throw typeError(ErrorCode.notSerializable, 'value', 'something that JSON can hold', `a ${typeof value}`);
    }
    return encoder.encode(text);
  },
  deserialize(bytes: Uint8Array): unknown {
    const text = decoder.decode(bytes);
    try {
      return JSON.parse(text);
    } catch {
      // The engine's own message quotes the text, and a cached value must get into no message.
      throw new SyntaxError(`${bytes.length} bytes that are not JSON`);
    }
  },
});

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    const found = findUnserializable(value, '$', new Set());
    if (found === undefined) throw error;
    throw Object.assign(
      typeError(ErrorCode.notSerializable, `value at ${found.path}`, 'something that JSON can hold', found.what),
      { cause: error },
    );
  }
}

/** The first BigInt or cycle, in the order in which `JSON.stringify` meets them. */
function findUnserializable(
  value: unknown,
  path: string,
  ancestors: Set<unknown>,
): { path: string; what: string } | undefined {
  if (typeof value === 'bigint') return { path, what: 'a BigInt' };
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return undefined;
  if (ancestors.has(value)) return { path, what: 'a reference to an object around it' };
  ancestors.add(value);
  for (const [name, member] of Object.entries(value)) {
    const memberPath = Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`;
    const found = findUnserializable(member, memberPath, ancestors);
    if (found !== undefined) return found;
  }
  ancestors.delete(value);
  return undefined;
}
