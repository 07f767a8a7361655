/** A number in JSON, so that it is read as the same number: a whole one beyond the safe ones has an exponent, and -0 has its sign. */
export function numberText(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  if (Object.is(value, -0)) return '-0';
  // All digits of a whole number are those of a `long`, which .NET reads, and a double can't hold.
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}

/** What a number in JSON is where nothing is known of its type: a whole number that a double may not hold is a bigint. */
export function readNumber(text: string): number | bigint {
  const value = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}

/** The integers of 64 bits, with and without a sign. */
export const integers = {
  Int64: { least: -(2n ** 63n), most: 2n ** 63n - 1n },
  UInt64: { least: 0n, most: 2n ** 64n - 1n },
} as const;

export function integerText(value: bigint, { least, most }: { least: bigint; most: bigint }): string | undefined {
  return value >= least && value <= most ? String(value) : undefined;
}

export function readInteger(text: string, { least, most }: { least: bigint; most: bigint }): bigint | undefined {
  const whole = /^-?\d+$/.test(text) || Number.isSafeInteger(Number(text));
  if (!whole) return undefined;
  const value = /^-?\d+$/.test(text) ? BigInt(text) : BigInt(Number(text));
  return value >= least && value <= most ? value : undefined;
}

const decimal = /^-?(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;
const mostDigits = 2n ** 96n - 1n;
const mostDecimals = 28;

/** The text itself if .NET's `decimal` holds it with each of its digits: 96 bits of them, and 28 after the point. */
export function decimalText(text: string): string | undefined {
  const [, whole, fraction = '', exponent = '0'] = decimal.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const decimals = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction) * 10n ** BigInt(Math.max(0, -decimals));
  return decimals <= mostDecimals && digits <= mostDigits ? text : undefined;
}
