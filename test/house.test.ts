import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

/** The folders of the house, and what each may know beside itself and npm packages. */
const floors: Record<string, string[]> = {
  core: [],
  providers: ['core'],
  decorators: ['core'],
  helpers: ['core'],
  hybrid: ['core'],
  observability: ['core'],
  serializers: ['core'],
  testing: ['distributed-cache'],
};
const packages: Record<string, string[]> = {
  decorators: ['lru-cache'],
  providers: ['lru-cache'],
  hybrid: ['lru-cache'],
  serializers: ['lossless-json', 'msgpackr', 'superjson'],
};

/** What an entry of its own takes from Node: its zlib, its V8 and its SHA-256. */
const aboutNode =
  /^(?:decorators[\\/]compression[\\/]codecs|decorators[\\/]long-keys[\\/]names|serializers[\\/]v8)\.ts$/;

const importsOf = (file: string) =>
  [...readFileSync(join(source, file), 'utf8').matchAll(/^(?:import|export)\s[^;]*?from '([^']+)';/gms)].map(
    (match) => match[1] as string,
  );

describe('the house', () => {
  it.each(files.filter((file) => file !== 'index.ts'))('%s knows only what is below it', (file) => {
    const floor = file.split(/[\\/]/)[0] as string;
    const allowed = floors[floor];
    expect(allowed, `the floor ${floor} is not in the plan`).toBeDefined();
    for (const specifier of importsOf(file)) {
      const target = specifier.startsWith('.')
        ? (relative(source, resolve(source, dirname(file), specifier)).split(/[\\/]/)[0] as string)
        : specifier;
      if (target.startsWith('node:')) continue;
      expect([floor, ...(allowed ?? []), ...(packages[floor] ?? [])], `${file} imports ${specifier}`).toContain(target);
    }
  });

  it('has small files: a median under 100 lines, none over 350', () => {
    const lengths = files
      .map((file) => readFileSync(join(source, file), 'utf8').split('\n').length)
      .sort((a, b) => a - b);
    expect(lengths[lengths.length >> 1]).toBeLessThan(100);
    expect(lengths.at(-1)).toBeLessThanOrEqual(350);
  });

  it('asks no runtime for more than it has everywhere: no node: module is imported, but where an entry is about one', () => {
    for (const file of files) {
      if (aboutNode.test(file)) continue;
      for (const specifier of importsOf(file)) expect(specifier, file).not.toMatch(/^node:/);
    }
  });
});
