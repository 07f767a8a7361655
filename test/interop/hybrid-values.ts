import { bytesSerializer, type Serializer, stringSerializer } from 'distributed-cache';
import type { Kind } from './dotnet-hybrid.js';

/** A value that both sides have a word for. */
export interface ValueRow {
  readonly what: string;
  readonly kind: Kind;
  /** For Node. */
  readonly value: unknown;
  /** The same between the test and the .NET process. @default the same */
  readonly dotnet?: unknown;
  /** @default JSON */
  readonly serializer?: Serializer;
}

const text = (what: string, value: string): ValueRow => ({
  what: `string, ${what}`,
  kind: 'string',
  value,
  serializer: stringSerializer,
});

const binary = (what: string, value: Uint8Array): ValueRow => ({
  what: `byte[], ${what}`,
  kind: 'bytes',
  value,
  dotnet: Buffer.from(value).toString('base64'),
  serializer: bytesSerializer,
});

const json = (kind: Kind, value: unknown): ValueRow => ({ what: `${kind} ${JSON.stringify(value)}`, kind, value });

/** Everything but records, whose properties have names. */
export const values: readonly ValueRow[] = [
  text('empty', ''),
  text('any Unicode', 'größer — ключ 🔑\r\n\0'),
  text('a BOM at its beginning', '\ufeffmark'),
  text('what is JSON itself', '{"a":1}'),
  binary('empty', new Uint8Array(0)),
  binary(
    'every byte',
    Uint8Array.from({ length: 256 }, (_, i) => i),
  ),
  binary(
    '5 MB',
    Uint8Array.from({ length: 5 * 1024 * 1024 }, (_, i) => (i * 31 + (i >> 8)) & 255),
  ),
  json('int', 42),
  json('int', -2_147_483_648),
  json('long', Number.MAX_SAFE_INTEGER),
  json('double', 0.1),
  json('double', -1.5e300),
  json('bool', true),
  json('bool', false),
  json('list', [1, 2, 3]),
  json('list', []),
  json('strings', ['<b>', "it's", 'К', '"\\', '\u2028']),
];

/** .NET's `Product` (Kinds.cs), in camelCase. */
export const product = {
  name: 'Лампа <1>',
  unitPrice: 19.5,
  labels: ['a', 'b'],
  related: { name: '', unitPrice: 0, labels: [], related: null },
};

/** The same as System.Text.Json names properties by default: as .NET does. */
export function pascalCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pascalCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      pascalCase(member),
    ]),
  );
}
