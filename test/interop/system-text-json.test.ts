import { type SystemTextJsonOptions, systemTextJsonSerializer } from 'distributed-cache/system-text-json';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithSdk } from './requirement.js';
import { type JsonNaming, type SystemTextJson, startSystemTextJson } from './system-text-json-process.js';
import { tableInDocs, tableOf, writeTableInDocs } from './system-text-json-table.js';

// The real System.Text.Json in a .NET process: each side reads what the other writes.
let dotnet: SystemTextJson;

describeWithSdk('System.Text.Json and systemTextJsonSerializer', readByBoth);

const textOf = (value: unknown, options?: SystemTextJsonOptions) =>
  new TextDecoder().decode(systemTextJsonSerializer(options).serialize(value));
const valueIn = (json: string, options?: SystemTextJsonOptions) =>
  systemTextJsonSerializer(options).deserialize(new TextEncoder().encode(json));

const order = {
  orderId: '6f9619ff-8b86-d011-b42d-00c04fc964ff',
  customerId: 2n ** 63n - 1n,
  sequence: 2n ** 64n - 1n,
  totalPrice: '39.80',
  orderedAt: new Date(1_700_000_000_120),
  shippedAt: null,
  timeInTransit: 90_000_000.5,
  weight: 2 ** 55,
  deliveryDay: 5,
  note: 'Öl & <b>"1+1"</b> \u{1f511} \u2028',
  signature: new Uint8Array([251, 255, 254, 1]),
  orderLines: [
    { sku: 'a', quantity: 2, unitPrice: '19.90', packedAt: new Date(1_700_000_000_000) },
    { sku: 'b', quantity: 0, unitPrice: '0.00', packedAt: null },
  ],
  files: { 'Bill.pdf': new Uint8Array([1, 2]), some_notes: new Uint8Array(), __proto: new Uint8Array([3]) },
  linesBySku: { someSku: { sku: 'someSku', quantity: 1, unitPrice: '1.5', packedAt: null } },
};
const types: SystemTextJsonOptions['types'] = {
  customerId: 'Int64',
  sequence: 'UInt64',
  totalPrice: 'decimal',
  orderedAt: 'DateTime',
  shippedAt: 'DateTimeOffset',
  timeInTransit: 'TimeSpan',
  weight: 'double',
  signature: 'byte[]',
  'orderLines[].unitPrice': 'decimal',
  'orderLines[].packedAt': 'DateTimeOffset',
  'files.*': 'byte[]',
  'linesBySku.*.unitPrice': 'decimal',
  'linesBySku.*.packedAt': 'DateTimeOffset',
};
const namings: JsonNaming[] = ['camelCase', 'PascalCase', 'snake_case', 'kebab-case'];

function readByBoth(): void {
  beforeAll(async () => {
    dotnet = await startSystemTextJson();
  }, 330_000);
  afterAll(() => dotnet?.stop());

  it.each(namings)('an order goes to .NET and comes back, named in %s', async (propertyNaming) => {
    const options = { propertyNaming, types };
    const written = await dotnet.trip('Order', textOf(order, options), propertyNaming);
    expect(valueIn(written, options)).toEqual(order);
    // What .NET wrote goes back to it as it was, and neither side changes it any more.
    expect(await dotnet.trip('Order', textOf(valueIn(written, options), options), propertyNaming)).toBe(written);
  });

  it('times and numbers are written to the letter as .NET writes them', async () => {
    const names = ['UTC', 'of 90 minutes', 'negative, with days', 'of one tick', 'MinValue', 'MaxValue'];
    const kept = (name: string) => names.some((words) => name.includes(words));
    let tried = 0;
    for (const { name, type, json } of await dotnet.samples()) {
      // A double has an exponent where .NET may write digits, and a DateTime here is always UTC.
      if (type === null || type === 'double' || !kept(name) || /^DateTime.*(?:ticks|M\w+Value)/.test(name)) continue;
      const options = { types: { $: type } } as SystemTextJsonOptions;
      expect(textOf(valueIn(json, options), options), name).toBe(json);
      tried++;
    }
    expect(tried).toBeGreaterThan(10);
  });

  it('names are what the policies of .NET make of them', async () => {
    const word = fc.stringMatching(/^[A-Z]{1,3}[a-z0-9]{0,4}$/);
    const names = [
      ...fc.sample(
        fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('')),
        300,
      ),
      ...['URL', 'IOStream', 'Item_2', 'Item_Name', 'A_bC', '_Id', 'ÄrgerÖl', 'İx', 'ΑΣ', 'aB', 'x1Y2', 'getURLNow'],
    ];
    for (const propertyNaming of ['snake_case', 'kebab-case'] as const) {
      const theirs = await dotnet.names(names, propertyNaming);
      const ours = (name: string) => Object.keys(JSON.parse(textOf({ [name]: 1 }, { propertyNaming })))[0] as string;
      expect(names.map(ours)).toEqual(theirs);
      for (const name of theirs) {
        const [seen] = Object.keys(valueIn(`{"${name}":1}`, { propertyNaming }) as object) as [string];
        expect(ours(seen)).toBe(name);
      }
    }
  });

  it.each(namings)('names that are hard find their way back, in %s', async (propertyNaming) => {
    const all = await dotnet.trip('Names', '{}', propertyNaming);
    const value = valueIn(all, { propertyNaming }) as Record<string, number>;
    for (const [i, name] of Object.keys(value).entries()) value[name] = i + 1;
    const back = await dotnet.trip('Names', textOf(value, { propertyNaming }), propertyNaming);
    expect(Object.values(JSON.parse(back))).toEqual(Object.keys(value).map((_, i) => i + 1));
  });

  it('each value of a type is read by .NET as it is here', async () => {
    const cases: [string, string, fc.Arbitrary<unknown>][] = [
      ['Decimal', 'decimal', fc.tuple(fc.nat(), fc.stringMatching(/^\d{1,18}$/)).map(([n, f]) => `${n}.${f}`)],
      ['TimeSpan', 'TimeSpan', fc.integer({ min: -(2 ** 51), max: 2 ** 51 }).map((ticks) => ticks / 10_000)],
      ['Int64', 'Int64', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
      ['UInt64', 'UInt64', fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
      ['Double', 'double', fc.double({ noNaN: true, noDefaultInfinity: true })],
      [
        'DateTime',
        'DateTime',
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
      ],
      [
        'DateTimeOffset',
        'DateTimeOffset',
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
      ],
      ['Byte[]', 'byte[]', fc.uint8Array().map((bytes) => new Uint8Array(bytes))],
      ['String', 'Dictionary', fc.string({ unit: 'grapheme' })],
    ];
    for (const [clr, type, arbitrary] of cases) {
      const options = { types: { $: type } } as SystemTextJsonOptions;
      for (const value of fc.sample(arbitrary, 200))
        expect(valueIn(await dotnet.trip(clr, textOf(value, options)), options), clr).toEqual(value);
    }
  });

  it('what is written without types is read by .NET', async () => {
    const at = new Date(1_700_000_000_000);
    expect(await dotnet.trip('DateTime', textOf(at))).toBe('"2023-11-14T22:13:20Z"');
    expect(await dotnet.trip('DateTimeOffset', textOf(at))).toBe('"2023-11-14T22:13:20+00:00"');
    expect(await dotnet.trip('Int64', textOf(2n ** 60n))).toBe('1152921504606846976');
    expect(await dotnet.trip('Double', textOf(2 ** 60))).toBe('1.152921504606847E+18');
    expect(await dotnet.trip('Byte[]', textOf(new Uint8Array([255])))).toBe('"/w=="');
    expect(await dotnet.trip('Dictionary', textOf(new Map([['someKey', 5n]])))).toBe('{"someKey":5}');
    expect(await dotnet.trip('List', textOf(new Set([1, 2.5])))).toBe('[1,2.5]');
  });

  it('is refused here what .NET refuses', async () => {
    const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
    await expect(dotnet.trip('JsonElement', textOf(nested(64)))).resolves.toHaveLength(128);
    await expect(dotnet.trip('JsonElement', JSON.stringify(nested(65)))).rejects.toThrow('JsonException');
    expect(() => textOf(nested(65))).toThrow('64 levels');
    await expect(dotnet.trip('String', '"\\ud800"')).rejects.toThrow('JsonException');
    expect(() => textOf('\ud800')).toThrow('a lone surrogate');
    await expect(dotnet.trip('Double', 'NaN')).rejects.toThrow('JsonException');
    const unfit: [string, string, string, unknown][] = [
      ['Decimal', 'decimal', '79228162514264337593543950336', '79228162514264337593543950336'],
      ['Int64', 'Int64', '9223372036854775808', 2n ** 63n],
      ['UInt64', 'UInt64', '-1', -1n],
      ['TimeSpan', 'TimeSpan', '"10675199.02:48:05.4775808"', 1e15],
      ['DateTime', 'DateTime', '"10000-01-01T00:00:00Z"', new Date('+010000-01-01T00:00:00Z')],
      ['DateTime', 'DateTime', '"0000-12-31T00:00:00Z"', new Date('0000-12-31T00:00:00Z')],
      ['Byte[]', 'byte[]', '"AQI"', 'AQI'],
    ];
    for (const [clr, type, json, value] of unfit) {
      const options = { types: { $: type } } as SystemTextJsonOptions;
      await expect(dotnet.trip(clr, json), clr).rejects.toThrow('JsonException');
      expect(() => textOf(value, options), clr).toThrow('expected');
      expect(() => valueIn(json, type === 'decimal' ? { types: { $: 'Int64' } } : options), clr).toThrow('bytes');
    }
  });

  it('the table in docs/serializers.md is what the two of them do', async () => {
    const table = await tableOf(dotnet);
    if (process.env.UPDATE_DOCS) writeTableInDocs(table);
    expect(tableInDocs()).toBe(table);
  });
}
