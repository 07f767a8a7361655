import { type CacheEvent, HybridCache, MemoryCache } from 'distributed-cache';
import {
  type PropertyNaming,
  type SystemTextJsonOptions,
  type SystemTextJsonType,
  systemTextJsonSerializer,
} from 'distributed-cache/system-text-json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const write = (value: unknown, options?: SystemTextJsonOptions) =>
  decode(systemTextJsonSerializer(options).serialize(value));
const read = (json: string, options?: SystemTextJsonOptions) =>
  systemTextJsonSerializer(options).deserialize(encode(json));
const typed = (type: SystemTextJsonType): SystemTextJsonOptions => ({ types: { $: type } });

function thrownBy(run: () => unknown): Error & { code?: string } {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
const refusal = (value: unknown, options?: SystemTextJsonOptions) => {
  const error = thrownBy(() => write(value, options));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.code).toBe('ERR_NOT_SERIALIZABLE');
  return error.message;
};
const unreadable = (json: string, options?: SystemTextJsonOptions) => {
  const error = thrownBy(() => read(json, options));
  expect(error).toBeInstanceOf(SyntaxError);
  return error.message;
};

describe('systemTextJsonSerializer without types', () => {
  it('writes what JSON has no word for as System.Text.Json does', () => {
    const value = {
      date: new Date(Date.UTC(2026, 10, 29, 6, 24, 57, 120)),
      whole: new Date(Date.UTC(2026, 10, 29)),
      big: 2n ** 63n,
      bytes: new Uint8Array([251, 255, 254, 1]),
      buffer: Buffer.from('hi'),
      map: new Map<unknown, unknown>([
        ['a', 1],
        [2, 'b'],
        [3n, null],
      ]),
      set: new Set([1, 2]),
      url: new URL('https://example.com'),
      none: undefined,
      nothing: null,
      list: [undefined, () => {}, 1],
    };
    expect(write(value)).toBe(
      '{"date":"2026-11-29T06:24:57.12Z","whole":"2026-11-29T00:00:00Z","big":9223372036854775808,"bytes":"+//+AQ==",' +
        '"buffer":"aGk=","map":{"2":"b","3":null,"a":1},"set":[1,2],"url":"https://example.com/","nothing":null,"list":[null,null,1]}',
    );
  });

  it('writes a bigint alone, and a number as one that is read as a number', () => {
    expect(write(5n)).toBe('5');
    expect(write(-0)).toBe('-0');
    expect(write(2 ** 60)).toBe('1.152921504606847e+18');
    expect(write(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991');
    for (const options of [undefined, typed('double')]) expect(read('-0', options)).toBe(-0);
    expect(read('[-0,9007199254740993]', { types: { '[]': 'double' } })).toEqual([-0, 2 ** 53]);
  });

  it('reads a whole number that a double may not hold as a bigint', () => {
    expect(read('[9007199254740991, 9007199254740992, -9223372036854775808, 1E+20, 1.5, 0.30000000000000004]')).toEqual(
      [9007199254740991, 9007199254740992n, -9223372036854775808n, 1e20, 1.5, 0.1 + 0.2],
    );
  });

  it('reads everything else as JSON.parse does, whichever way it takes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const json = JSON.stringify(value);
        // All but the whole numbers that only a bigint is sure to hold.
        fc.pre(!/(?<![\d.])\d{16,}(?![\d.e])/.test(json));
        expect(read(json)).toEqual(JSON.parse(json));
        // With a long run of digits beside it, it is read with all digits.
        expect(read(`[${json},"1234567890123456"]`)).toEqual(JSON.parse(`[${json},"1234567890123456"]`));
      }),
    );
  });

  it('gives back each number as the number it was', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(read(write(value))).toBe(value);
        expect(read(write({ value }), { types: { value: 'double' } })).toEqual({ value });
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
        expect(BigInt(read(write(value)) as bigint)).toBe(value);
      }),
    );
  });

  it('reads the escapes of the encoder of .NET', () => {
    expect(read('"\\u00D6l \\u0026 \\u003Cb\\u003E \\u0022\\u002B\\u0027 \\uD83D\\uDD11"')).toBe(
      'Öl & <b> "+\' \u{1f511}',
    );
  });

  it('keeps a member __proto__ to itself', () => {
    for (const json of ['{"__proto__":{"polluted":true}}', '{"__proto__":{"polluted":1234567890123456789}}']) {
      for (const propertyNaming of ['camelCase', 'PascalCase'] as const) {
        const value = read(json, { propertyNaming }) as Record<string, unknown>;
        expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
        expect(Object.hasOwn(value, '__proto__')).toBe(true);
        expect(value.polluted).toBeUndefined();
        expect(write(value, { propertyNaming })).toContain('"__proto__":{');
      }
    }
    expect(write(new Map([['__proto__', 1n]]))).toBe('{"__proto__":1}');
  });

  it('takes the last of two members of one name', () => {
    expect(read('{"a":1,"a":2}')).toEqual({ a: 2 });
    expect(read('{"a":1,"a":1234567890123456789}')).toEqual({ a: 1234567890123456789n });
  });
});

describe('systemTextJsonSerializer with types', () => {
  const options: SystemTextJsonOptions = {
    types: {
      id: 'Int64',
      sequence: 'UInt64',
      'price.amount': 'decimal',
      at: 'DateTime',
      'lines[].at': 'DateTimeOffset',
      'lines[].weights[]': 'double',
      'blobs.*': 'byte[]',
      took: 'TimeSpan',
    },
  };
  const value = {
    id: 5n,
    sequence: 2n ** 64n - 1n,
    price: { amount: '19.90', currency: 'EUR' },
    at: new Date(1_700_000_000_000),
    lines: [
      { at: new Date(5), weights: [1, 2 ** 55] },
      { at: null, weights: [] },
    ],
    blobs: { First: new Uint8Array([1, 2, 255]), second: new Uint8Array() },
    took: 5_400_000.5,
  };

  it('gives back what it was given', () => {
    expect(read(write(value, options), options)).toEqual(value);
    expect(write(value, options)).toBe(
      '{"id":5,"sequence":18446744073709551615,"price":{"amount":19.90,"currency":"EUR"},"at":"2023-11-14T22:13:20Z",' +
        '"lines":[{"at":"1970-01-01T00:00:00.005+00:00","weights":[1,3.602879701896397e+16]},{"at":null,"weights":[]}],' +
        '"blobs":{"First":"AQL/","second":""},"took":"01:30:00.0005000"}',
    );
  });

  it('gives back whatever values of these types', () => {
    const ms = fc.integer({ min: 0, max: 2 ** 52 }).map((ticks) => ticks / 10_000);
    const values = fc.record({
      id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      price: fc.record({
        amount: fc
          .tuple(fc.bigInt({ min: -(2n ** 96n - 1n), max: 2n ** 96n - 1n }), fc.integer({ min: 0, max: 28 }))
          .map(([digits, scale]) => decimalOf(digits, scale)),
      }),
      at: fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
      lines: fc.array(
        fc.record({
          at: fc.option(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })),
          text: fc.string({ unit: 'grapheme' }),
        }),
      ),
      blobs: fc.dictionary(
        fc.string(),
        fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
        { noNullPrototype: true },
      ),
      took: fc.oneof(
        ms,
        ms.map((length) => 0 - length),
      ),
    });
    fc.assert(
      fc.property(values, (any) => {
        expect(read(write(any, options), options)).toEqual(any);
      }),
    );
  });

  it('reads what .NET writes of times', () => {
    const dates: [string, string][] = [
      ['2026-11-29T06:24:57.1234567Z', '2026-11-29T06:24:57.123Z'],
      ['2026-11-29T06:24:57', '2026-11-29T06:24:57.000Z'],
      ['2026-11-29T06:24:57+05:30', '2026-11-29T00:54:57.000Z'],
      ['2026-11-29T06:24:57.5-08:00', '2026-11-29T14:24:57.500Z'],
      ['2026-11-29', '2026-11-29T00:00:00.000Z'],
      ['2026-11-29T06:24Z', '2026-11-29T06:24:00.000Z'],
      ['0001-01-01T00:00:00', '0001-01-01T00:00:00.000Z'],
      ['9999-12-31T23:59:59.9999999', '9999-12-31T23:59:59.999Z'],
    ];
    for (const [text, iso] of dates) expect(read(`"${text}"`, typed('DateTime'))).toEqual(new Date(iso));
    const spans: [string, number][] = [
      ['00:00:00.0000001', 0.0001],
      ['-3.04:05:06.5000000', -((3 * 86_400 + 4 * 3_600 + 5 * 60 + 6) * 1_000 + 500)],
      ['23:59:59.9999999', 86_399_999.9999],
    ];
    for (const [text, ms] of spans) {
      expect(read(`"${text}"`, typed('TimeSpan'))).toBe(ms);
      expect(write(ms, typed('TimeSpan'))).toBe(`"${text}"`);
    }
  });

  it('keeps bytes of any number', () => {
    for (const length of [0, 1, 2, 3, 8_191, 8_192, 8_193, 100_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) % 256);
      expect(write(bytes)).toBe(`"${Buffer.from(bytes).toString('base64')}"`);
      expect(Buffer.compare(read(write(bytes), typed('byte[]')) as Uint8Array, bytes)).toBe(0);
    }
  });

  it('keeps the longest TimeSpans', () => {
    for (const text of ['"10675199.02:48:05.4775807"', '"-10675199.02:48:05.4775808"'])
      expect(write(read(text, typed('TimeSpan')), typed('TimeSpan'))).toBe(text);
    expect(refusal(1e15, typed('TimeSpan'))).toContain('another number');
    expect(refusal(-1e15, typed('TimeSpan'))).toContain('another number');
  });

  it('keeps each digit of a decimal, and refuses what is none', () => {
    const good = [
      '19.90',
      '0',
      '-0.00',
      '79228162514264337593543950335',
      '0.0000000000000000000000000001',
      '1E+20',
      '1e28',
    ];
    for (const digits of good) expect(read(write(digits, typed('decimal')), typed('decimal'))).toBe(digits);
    const bad = [
      '79228162514264337593543950336',
      '0.00000000000000000000000000001',
      '1e29',
      '01',
      '1.',
      '.5',
      '+1',
      ' 1',
      'x',
      '',
      '1,5',
    ];
    for (const digits of bad) expect(refusal(digits, typed('decimal'))).toContain('got another string.');
    expect(refusal(19.9, typed('decimal'))).toBe(
      'value at $: expected the digits of a decimal, as a string, got a number.',
    );
  });

  it('takes what toJSON() gives', () => {
    expect(write({ price: { toJSON: () => '1.50' } }, { types: { price: 'decimal' } })).toBe('{"price":1.50}');
    expect(write({ toJSON: (key: string) => [key] })).toBe('[""]');
    expect(write({ a: { toJSON: () => undefined } })).toBe('{}');
  });

  it('reads null anywhere', () => {
    for (const type of ['DateTime', 'TimeSpan', 'decimal', 'Int64', 'byte[]', 'Dictionary'] as const) {
      expect(read('null', typed(type))).toBeNull();
      expect(write(null, typed(type))).toBe('null');
    }
  });

  it('says of what is of another type only where it is', () => {
    const cases: [SystemTextJsonType, string[], unknown[]][] = [
      [
        'DateTime',
        ['5', '"x"', '"2026-02-30T00:00:00"', '"2026-11-29T24:00:00"', '"2026-13-01"', '{}'],
        ['x', Number.NaN],
      ],
      ['TimeSpan', ['5', '"24:00:00"', '"00:60:00"', '"00:00:60"', '"10675199.02:48:05.4775808"', '"1"'], ['x', 1n]],
      ['decimal', ['"5"', 'true', '[]'], [5, 5n]],
      ['Int64', ['9223372036854775808', '1.5', '"5"'], [5, 2n ** 63n, -(2n ** 63n) - 1n]],
      ['UInt64', ['-1', '18446744073709551616'], [-1n, 2n ** 64n]],
      ['byte[]', ['"AQI"', '"AQ I="', '"@@@@"', '[1]'], [[1], 'AQI=', new Float32Array(1)]],
      ['double', ['"5"', 'true', '1e400'], [Number.NaN, '5']],
    ];
    for (const [type, jsons, values] of cases) {
      for (const json of jsons) {
        const whole = `{"list":[{"key":${json}}]}`;
        const message = unreadable(whole, { types: { 'list[].*': type } });
        expect(message).toBe(`${whole.length} bytes of JSON with no ${type} at $.list[].*`);
      }
      for (const each of values)
        expect(refusal({ list: [{ key: each }] }, { types: { 'list[].*': type } })).toMatch(
          /^value at \$\.list\[0\]\.key: /,
        );
    }
  });

  it('reads no double beyond the largest, whichever way it takes', () => {
    for (const json of ['[1e400]', '[1234567890123456,1e400]'])
      expect(unreadable(json, { types: { '[]': 'double' } })).toBe(
        `${json.length} bytes of JSON with no double at $[]`,
      );
    expect(refusal(Number.POSITIVE_INFINITY, typed('TimeSpan'))).toContain('got Infinity.');
  });

  it('reads a whole number of an Int64 as a bigint, however it is written', () => {
    expect(read('[5, -0, 1e3, 9223372036854775807]', { types: { '[]': 'Int64' } })).toEqual([
      5n,
      0n,
      1000n,
      2n ** 63n - 1n,
    ]);
  });
});

describe('the names of properties', () => {
  it.each<[PropertyNaming, string]>([
    ['camelCase', '{"unitPrice":1,"lines":[{"skuCode":"a"}]}'],
    ['PascalCase', '{"UnitPrice":1,"Lines":[{"SkuCode":"a"}]}'],
    ['snake_case', '{"unit_price":1,"lines":[{"sku_code":"a"}]}'],
    ['kebab-case', '{"unit-price":1,"lines":[{"sku-code":"a"}]}'],
  ])('%s, at any depth and in both directions', (propertyNaming, json) => {
    const value = { unitPrice: 1, lines: [{ skuCode: 'a' }] };
    expect(write(value, { propertyNaming })).toBe(json);
    expect(read(json, { propertyNaming })).toEqual(value);
  });

  it('are not the keys of a dictionary', () => {
    const options: SystemTextJsonOptions = {
      propertyNaming: 'PascalCase',
      types: { stock: 'Dictionary', 'prices.*': 'decimal', 'byDay.*[].at': 'DateTime' },
    };
    const value = {
      stock: { berlinMitte: { inStock: 5 } },
      prices: { perUnit: '1.50' },
      byDay: { someDay: [{ at: new Date(0), ofWhat: 1 }] },
    };
    const json =
      '{"Stock":{"berlinMitte":{"InStock":5}},"Prices":{"perUnit":1.50},"ByDay":{"someDay":[{"At":"1970-01-01T00:00:00Z","OfWhat":1}]}}';
    expect(write(value, options)).toBe(json);
    expect(read(json, options)).toEqual(value);
    expect(write({ any: new Map([['berlinMitte', { inStock: 5 }]]) }, { propertyNaming: 'PascalCase' })).toBe(
      '{"Any":{"berlinMitte":{"InStock":5}}}',
    );
  });

  it('may be others than the rule gives', () => {
    const options = { propertyNaming: 'PascalCase', names: { url: 'URL', id: 'id' } } as const;
    expect(write({ url: 1, id: 2, other: 3 }, options)).toBe('{"URL":1,"id":2,"Other":3}');
    expect(read('{"URL":1,"id":2,"Other":3}', options)).toEqual({ url: 1, id: 2, other: 3 });
    expect(read('{"URL":1}', { propertyNaming: 'PascalCase' })).toEqual({ uRL: 1 });
  });

  it('go back as they came', () => {
    const word = fc.stringMatching(/^[A-Z]{1,3}[a-z0-9]{0,4}$/);
    const clrName = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(''));
    const odd = fc.constantFrom('ÄrgerÖl', 'İx', 'ß', '1', '_', '_Id', 'Item_2', 'Item_Name', '$type', '\u{1f511}', '');
    for (const propertyNaming of ['PascalCase', 'snake_case', 'kebab-case'] as const) {
      fc.assert(
        fc.property(fc.oneof(clrName, odd), (name) => {
          const json = write({ [name]: 1 }, { propertyNaming });
          expect(write(read(json, { propertyNaming }), { propertyNaming })).toBe(json);
        }),
      );
    }
  });

  it('are refused where two become one', () => {
    expect(refusal({ a: { unitPrice: 'secret', UnitPrice: 2 } }, { propertyNaming: 'PascalCase' })).toBe(
      'value at $.a.UnitPrice: expected a name of its own in the JSON, got that of another member.',
    );
    expect(
      refusal(
        new Map<unknown, unknown>([
          ['1', 1],
          [1, 2],
        ]),
      ),
    ).toContain('$.1');
  });
});

describe('what systemTextJsonSerializer can not write', () => {
  it('is refused with its place and not its content', () => {
    const circle: Record<string, unknown> = {};
    circle.list = [circle];
    const cases: [unknown, string][] = [
      [undefined, 'value: expected something that System.Text.Json can read, got undefined.'],
      [() => 'secret', 'value: expected something that System.Text.Json can read, got a function.'],
      [{ a: [0, Number.NaN] }, 'value at $.a[1]: expected something that System.Text.Json can read, got NaN.'],
      [
        { a: Number.NEGATIVE_INFINITY },
        'value at $.a: expected something that System.Text.Json can read, got -Infinity.',
      ],
      [{ a: new Date(Number.NaN) }, 'value at $.a: expected a Date of the years 1 to 9999, got another Date.'],
      [[new Date(8.64e15)], 'value at $[0]: expected a Date of the years 1 to 9999, got another Date.'],
      [
        circle,
        'value at $.list[0]: expected something that System.Text.Json can read, got a reference to an object around it.',
      ],
      [
        { a: 'secret\ud800' },
        'value at $.a: expected something that System.Text.Json can read, got a string with a lone surrogate.',
      ],
      [{ a: /secret/ }, 'value at $.a: expected something that System.Text.Json can read, got an object (RegExp).'],
      [
        { a: new Error('secret') },
        'value at $.a: expected something that System.Text.Json can read, got an object (Error).',
      ],
      [
        new Float64Array(2),
        'value at $: expected something that System.Text.Json can read, got an object (Float64Array).',
      ],
      [new Map([[{}, 1]]), 'value at $: expected strings or numbers as keys, got an object (Object).'],
    ];
    for (const [value, message] of cases) expect(refusal(value)).toBe(message);
  });

  it('is an object whose toJSON() throws', () => {
    const cause = new Error('why');
    const value = {
      a: {
        toJSON() {
          throw cause;
        },
      },
    };
    const error = thrownBy(() => write(value));
    expect(error.message).toBe(
      'value at $.a: expected something that System.Text.Json can read, got an object whose toJSON() throws.',
    );
    expect(error.cause).toBe(cause);
  });

  it('is what is deeper than .NET reads', () => {
    expect(write(nested(64))).toBe('['.repeat(64) + ']'.repeat(64));
    expect(refusal(nested(65))).toMatch(/: expected at most 64 levels, got more\.$/);
    expect(refusal(nested(100_000))).toContain('64 levels');
    const endless = { toJSON: () => [endless] };
    expect(refusal(endless)).toContain('64 levels');
    expect(write(nested(65), { maxDepth: 65 })).toHaveLength(130);
  });

  it('may be in two places of a value', () => {
    const shared = { a: 1 };
    expect(write([shared, shared])).toBe('[{"a":1},{"a":1}]');
  });
});

describe('what systemTextJsonSerializer can not read', () => {
  it('is told by its length', () => {
    for (const json of [
      '',
      'secret',
      '{"a":secret}',
      '[1,]',
      '[1234567890123456,]',
      '[NaN]',
      '{"a":1234567890123456 secret}',
    ])
      expect(unreadable(json)).toBe(`${json.length} bytes that are not JSON`);
    expect(thrownBy(() => systemTextJsonSerializer().deserialize(new Uint8Array([0x22, 0xff, 0x22]))).message).toBe(
      '3 bytes that are not JSON',
    );
  });

  it('is what is too deep, however deep and whichever way it is parsed', () => {
    const json = (depth: number, inside: string) => '['.repeat(depth) + inside + ']'.repeat(depth);
    for (const inside of ['1', '1234567890123456789']) {
      expect(() => read(json(64, inside))).not.toThrow();
      expect(unreadable(json(65, inside))).toMatch(/^\d+ bytes of JSON with more than 64 levels$/);
      expect(unreadable(json(200_000, inside))).toMatch(/^\d+ bytes/);
      expect(() => read(json(1000, inside), { maxDepth: 1000 })).not.toThrow();
    }
  });

  it('is a miss of a cache', async () => {
    const distributed = new MemoryCache();
    const events: CacheEvent[] = [];
    const serializer = systemTextJsonSerializer({ types: { at: 'DateTime' } });
    await using one = new HybridCache({ distributed });
    await using other = new HybridCache({ distributed, serializer, onEvent: (event) => events.push(event) });
    await one.set('k', { at: 'secret' });
    const value = { at: new Date(5), id: 2n ** 60n };
    expect(await other.getOrCreate('k', () => value)).toEqual(value);
    expect(events.map(({ type }) => type)).toContain('corrupt');
    await using third = new HybridCache({ distributed, serializer });
    expect(await third.get('k')).toEqual(value);
  });
});

describe('the options of systemTextJsonSerializer', () => {
  it.each<[string, unknown]>([
    ['options: expected an object, got null', null],
    [
      'propertyNaming: expected one of "camelCase", "PascalCase", "snake_case", "kebab-case", got "Pascal"',
      { propertyNaming: 'Pascal' },
    ],
    ['propertyNaming: expected one of', { propertyNaming: 'toString' }],
    ['types: expected an object, got 5', { types: 5 }],
    ['types, at $.a: expected one of "DateTime", ', { types: { a: 'Date' } }],
    ['types, at $.a: expected one of "DateTime", ', { types: { a: 'toString' } }],
    ['a path in types: expected names', { types: { '': 'decimal' } }],
    ['a path in types: expected names', { types: { 'a..b': 'decimal' } }],
    ['a path in types: expected names', { types: { '.a': 'decimal' } }],
    ['a path in types: expected names', { types: { 'a.': 'decimal' } }],
    ['a path in types: expected names', { types: { 'a[0]': 'decimal' } }],
    ['a path in types: expected names', { types: { 'a[': 'decimal' } }],
    ['a path in types: expected names', { types: { 'a[]b': 'decimal' } }],
    [
      'types, at $.a: expected one kind of thing, got a value and an object',
      { types: { a: 'decimal', 'a.b': 'decimal' } },
    ],
    [
      'types, at $.a: expected one kind of thing, got an array and an object',
      { types: { 'a.b': 'decimal', 'a[]': 'decimal' } },
    ],
    ['types, at $.a: expected one type, got "decimal" and "double"', { types: { a: 'decimal', '$.a': 'double' } }],
    ['types, at $: expected one kind of thing, got a value and an array', { types: { $: 'decimal', '[]': 'decimal' } }],
    ['names.a: expected a string, got 5', { names: { a: 5 } }],
    ['names: expected each name once, got one of them twice', { names: { a: 'x', b: 'x' } }],
    ['maxDepth: expected a positive integer, got 0', { maxDepth: 0 }],
    ['maxDepth: expected at most 1000, got 1001', { maxDepth: 1001 }],
  ])('%s', (message, options) => {
    const error = thrownBy(() => systemTextJsonSerializer(options as SystemTextJsonOptions));
    expect(error.code).toBe('ERR_INVALID_OPTION');
    expect(error.message).toContain(message);
  });

  it('take a path from the value itself, and a dictionary with members that are known', () => {
    expect(read('[1.50]', { types: { '$[]': 'decimal' } })).toEqual(['1.50']);
    expect(read('{"$":1.50}', { types: { '$.$': 'decimal' } })).toEqual({ $: '1.50' });
    expect(read('[[[1.50]]]', { types: { '[][][]': 'decimal' } })).toEqual([[['1.50']]]);
    expect(read('{"a":1.50,"b":1}', { types: { '*': 'Int64', a: 'decimal' } })).toEqual({ a: '1.50', b: 1n });
    expect(read('{"a":{"b":1.50}}', { types: { a: 'Dictionary', 'a.b': 'decimal' } })).toEqual({ a: { b: '1.50' } });
    expect(read('{"a":5}', { types: { 'a[].b.*': 'decimal' } })).toEqual({ a: 5 });
  });
});

/** `depth` arrays in each other. */
function nested(depth: number): unknown {
  let value: unknown[] = [];
  for (let i = 1; i < depth; i++) value = [value];
  return value;
}

function decimalOf(digits: bigint, scale: number): string {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  const [whole, fraction] = [text.slice(0, text.length - scale), text.slice(text.length - scale)];
  return `${digits < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${fraction}`}`;
}
