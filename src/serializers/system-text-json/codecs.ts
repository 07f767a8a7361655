import { base64Text, readBase64 } from './base64.js';
import { decimalText, integers, integerText, numberText, readInteger } from './numbers.js';
import { readTimeSpan, timeSpanText } from './time-span.js';
import { instantText, readInstant } from './times.js';

/** How a value of one type of .NET is written and read. */
export interface Codec {
  /** What it is in JavaScript, in the words of `kindOf`. */
  readonly takes: string;
  /** The same for an error, with what is asked of it beside. */
  readonly expects: string;
  /** What it is in JSON. */
  readonly json: 'string' | 'number';
  /** Whether each digit counts. */
  readonly exact?: boolean;
  /** The string, or the digits of the number. `undefined`: .NET has no such value. */
  write(value: unknown): string | undefined;
  /** `undefined`: not of this type. */
  read(text: string): unknown;
}

const asDate = { takes: 'Date', expects: 'a Date of the years 1 to 9999', json: 'string', read: readInstant } as const;

/** The types of .NET that JSON has no word for, by their names in `types`. */
export const codecs = {
  DateTime: { ...asDate, write: (date) => instantText(date as Date, 'Z') },
  DateTimeOffset: { ...asDate, write: (date) => instantText(date as Date, '+00:00') },
  TimeSpan: {
    takes: 'number',
    expects: 'the milliseconds of a TimeSpan, as a number',
    json: 'string',
    write: (ms) => timeSpanText(ms as number),
    read: readTimeSpan,
  },
  decimal: {
    takes: 'string',
    expects: 'the digits of a decimal, as a string',
    json: 'number',
    exact: true,
    write: (digits) => decimalText(digits as string),
    read: (digits) => digits,
  },
  double: {
    takes: 'number',
    expects: 'a finite number',
    json: 'number',
    write: (number) => numberText(number as number),
    read: (digits) => (Number.isFinite(Number(digits)) ? Number(digits) : undefined),
  },
  Int64: integer('Int64'),
  UInt64: integer('UInt64'),
  'byte[]': {
    takes: 'Uint8Array',
    expects: 'a Uint8Array',
    json: 'string',
    write: (bytes) => base64Text(bytes as Uint8Array),
    read: readBase64,
  },
} satisfies Record<string, Codec>;

function integer(type: keyof typeof integers): Codec {
  return {
    takes: 'bigint',
    expects: `a bigint that fits ${type}`,
    json: 'number',
    write: (value) => integerText(value as bigint, integers[type]),
    read: (text) => readInteger(text, integers[type]),
  };
}
