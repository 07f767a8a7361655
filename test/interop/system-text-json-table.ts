import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type SystemTextJsonType, systemTextJsonSerializer } from 'distributed-cache/system-text-json';
import type { Sample, SystemTextJson } from './system-text-json-process.js';

const page = fileURLToPath(new URL('../../docs/serializers.md', import.meta.url));
const begin = '<!-- system-text-json: made by test/interop/system-text-json.test.ts, with UPDATE_DOCS=1 -->';
const end = '<!-- system-text-json: end -->';
const head = [
  '| .NET | JSON that .NET writes | JavaScript | the same, back in .NET | `types` | JavaScript, by `types` | the same, back in .NET |',
  '|---|---|---|---|---|---|---|',
];

/** The table of what survives the way from .NET to JavaScript and back. */
export async function tableOf(dotnet: SystemTextJson): Promise<string> {
  const rows = await Promise.all((await dotnet.samples()).map((sample) => rowOf(dotnet, sample)));
  return [...head, ...rows].join('\n');
}

/** The table that the docs have. */
export function tableInDocs(): string {
  const text = readFileSync(page, 'utf8');
  return text.slice(text.indexOf(begin) + begin.length, text.indexOf(end)).trim();
}

export function writeTableInDocs(table: string): void {
  const text = readFileSync(page, 'utf8');
  const [before, after] = [text.slice(0, text.indexOf(begin) + begin.length), text.slice(text.indexOf(end))];
  writeFileSync(page, `${before}\n${table}\n${after}`);
}

async function rowOf(dotnet: SystemTextJson, sample: Sample): Promise<string> {
  const cells = [
    sample.name.replace(sample.clr, code(sample.clr)),
    code(sample.json),
    ...(await throughJavaScript(dotnet, sample, undefined)),
  ];
  if (sample.type === null) cells.push('', '', '');
  else cells.push(code(`'${sample.type}'`), ...(await throughJavaScript(dotnet, sample, sample.type)));
  return `| ${cells.join(' | ')} |`;
}

/** What the sample is in JavaScript, and whether .NET gets it back. */
async function throughJavaScript(dotnet: SystemTextJson, sample: Sample, type: string | undefined): Promise<string[]> {
  const types = type === undefined ? undefined : { $: type as SystemTextJsonType };
  const serializer = systemTextJsonSerializer({ types });
  const value = serializer.deserialize(new TextEncoder().encode(sample.json));
  const { same, json, error } = await dotnet.back(sample.name, new TextDecoder().decode(serializer.serialize(value)));
  return [code(shown(value)), same ? 'yes' : `no: ${json === undefined ? error : code(json)}`];
}

/** A value as code has it, with the text of a Date in place of its number. */
function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return `'${value}'`;
  if (value instanceof Date) return `Date ${value.toISOString()}`;
  if (value instanceof Uint8Array) return `Uint8Array [${value.join(', ')}]`;
  return Object.is(value, -0) ? '-0' : String(value);
}

// No sample has a bar or a backtick.
const code = (text: string) => `\`${text}\``;
