/** A `RangeError` as the library's own constructors throw it: it names the option, what was expected, what was got. */
export function rangeError(option: string, expected: string, got: unknown): RangeError & { code: string } {
  const error = new RangeError(`${option}: expected ${expected}, got ${shown(got)}.`);
  return Object.assign(error, { code: 'ERR_INVALID_OPTION' });
}

/** A `TypeError` of the same form. */
export function typeError(option: string, expected: string, got: unknown): TypeError & { code: string } {
  const error = new TypeError(`${option}: expected ${expected}, got ${shown(got)}.`);
  return Object.assign(error, { code: 'ERR_INVALID_OPTION' });
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
