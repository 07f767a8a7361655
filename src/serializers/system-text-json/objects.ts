import type { Shape } from './shape.js';

/** What a value is, for errors and to tell apart what there is to do: never its content. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  // By its tag, because an `instanceof` fails where a value is of another realm.
  return typeof value === 'object' ? Object.prototype.toString.call(value).slice(8, -1) : typeof value;
}

/** Sets a member of its own, also one of the name `__proto__`. */
export function setMember(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}

/** What is known of a member, by its name in JavaScript. */
export function shapeOfMember(shape: Shape | undefined, name: string): Shape | undefined {
  return shape?.members?.get(name) ?? shape?.values;
}
