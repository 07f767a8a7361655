import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as core from 'distributed-cache';
import * as compression from 'distributed-cache/compression';
import * as encryption from 'distributed-cache/encryption';
import * as hashLongKeys from 'distributed-cache/hash-long-keys';
import * as msgpackr from 'distributed-cache/msgpackr';
import * as redis from 'distributed-cache/redis';
import * as superjson from 'distributed-cache/superjson';
import * as systemTextJson from 'distributed-cache/system-text-json';
import * as testing from 'distributed-cache/testing';
import * as v8 from 'distributed-cache/v8';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
/** What each entry exports. */
const entries: Record<string, object> = {
  '': core,
  redis,
  testing,
  compression,
  encryption,
  msgpackr,
  superjson,
  'system-text-json': systemTextJson,
  v8,
  'hash-long-keys': hashLongKeys,
};
const read = (page: string) => readFileSync(join(root, page), 'utf8');

/** The anchors that a page's headings make on GitHub. */
const anchorsOf = (page: string) =>
  [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('the documentation', () => {
  it.each(pages)('%s links only to what is there', (page) => {
    for (const [, target] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target as string)) continue;
      const [path, anchor] = (target as string).split('#');
      const file = path ? resolve(root, dirname(page), path) : join(root, page);
      expect(existsSync(file), `${page} links to ${target}`).toBe(true);
      if (anchor) expect(anchorsOf(file.slice(root.length)), `${page} links to ${target}`).toContain(anchor);
    }
  });

  it('imports in its code only what the package exports', () => {
    for (const page of pages) {
      for (const [, names, entry] of read(page).matchAll(
        /import \{([^}]+)\} from 'distributed-cache(?:\/([\w-]+))?'/g,
      )) {
        const exported = new Set(Object.keys(entries[entry ?? ''] ?? {}));
        for (const name of (names as string).split(',').map((each) => each.trim())) {
          if (name && !name.startsWith('type ')) expect(exported, page).toContain(name);
        }
      }
    }
  });

  it('lists every error code', () => {
    for (const code of Object.values(core.ErrorCode)) expect(read('docs/errors.md')).toContain(code);
  });
});
