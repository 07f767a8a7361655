/**
 * Freezes a value that is made only of plain objects, arrays and primitives, deeply. A value that holds anything else (a
 * `Date`, a `Map`, bytes, a function, an accessor, a symbol as a name) is left as it is.
 *
 * @returns Whether it is frozen now.
 */
export function freezeIfPlain(value: unknown): boolean {
  if (!isObject(value)) return typeof value !== 'function' && typeof value !== 'symbol';
  // All that is found, in the order in which it is: a list and not the stack, which a deep value would overflow.
  const found: object[] = [value];
  const seen = new Set<object>(found);
  for (let i = 0; i < found.length; i++) if (!lookInto(found[i] as object, found, seen)) return false;
  for (const each of found) Object.freeze(each);
  return true;
}

/** Whether the object is a plain one, by itself; what it holds is added to the list. */
function lookInto(object: object, found: object[], seen: Set<object>): boolean {
  if (!isPlain(object)) return false;
  for (const name of Reflect.ownKeys(object)) {
    if (typeof name === 'symbol') return false;
    const property = Object.getOwnPropertyDescriptor(object, name) as PropertyDescriptor;
    if (property.get !== undefined || property.set !== undefined) return false;
    const member: unknown = property.value;
    if (isObject(member)) {
      if (!seen.has(member)) {
        seen.add(member);
        found.push(member);
      }
    } else if (typeof member === 'function' || typeof member === 'symbol') {
      return false;
    }
  }
  return true;
}

/** Freezes, deeply, what `JSON.parse` gave: plain objects, arrays and primitives, each object in one place. */
export function freezeParsed(value: unknown): void {
  if (!isObject(value)) return;
  const found: object[] = [value];
  for (let object = found.pop(); object !== undefined; object = found.pop()) {
    for (const member of Array.isArray(object) ? object : Object.values(object))
      if (isObject(member)) found.push(member);
    Object.freeze(object);
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** An array, or an object without a class; of whichever realm, since under jest a value may come from another. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === Object.prototype || prototype === null) return true;
  if (prototype === Array.prototype) return true;
  if (Array.isArray(object)) return Array.isArray(prototype) && isRoot(Object.getPrototypeOf(prototype));
  return isRoot(prototype);
}

/** Whether it is some realm's `Object.prototype`. */
function isRoot(prototype: unknown): boolean {
  return (
    isObject(prototype) &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'isPrototypeOf') &&
    Object.hasOwn(prototype, 'hasOwnProperty')
  );
}
