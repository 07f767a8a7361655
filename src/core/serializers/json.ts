import { ErrorCode, show, typeError } from '../errors.js';
import type { Serializer } from '../serializer.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The default {@link Serializer}: JSON in UTF-8. What JSON has no word for (a Date, a Map, `undefined`) changes or goes. */
export const jsonSerializer: Serializer = Object.freeze({
  serialize(value: unknown): Uint8Array {
    const text = stringify(value);
    if (text === undefined) {
      throw typeError(ErrorCode.notSerializable, 'value', 'something that JSON can hold', show(value));
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
    const { path, what } = findUnserializable(value, '$', new Set()) ?? { path: '$', what: 'something else' };
    throw Object.assign(
      typeError(ErrorCode.notSerializable, `value at ${path}`, 'something that JSON can hold', what),
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
  if (typeof value !== 'object' || value === null) return undefined;
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function')
    return inToJson(value as WithToJson, path, ancestors);
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

interface WithToJson {
  toJSON(): unknown;
}

function inToJson(
  value: WithToJson,
  path: string,
  ancestors: Set<unknown>,
): { path: string; what: string } | undefined {
  try {
    const json = value.toJSON();
    return json === value ? undefined : findUnserializable(json, path, ancestors);
  } catch {
    // The error that JSON.stringify gave is the cause already.
    return { path, what: 'an object whose toJSON() throws' };
  }
}
