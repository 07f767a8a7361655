// Checks what the built files import: the core entry lru-cache and nothing else (no node: module, so it runs anywhere),
// the testing entry the one copy of the core, the Redis entry its client,
// compression Node's zlib; and that the types ask for the lib they need, and for no Node types.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const allowed = {
  index: ['lru-cache'],
  redis: ['ioredis'],
  testing: ['distributed-cache'],
  compression: ['util', 'zlib', 'node:util', 'node:zlib'],
  encryption: [],
  'hash-long-keys': ['lru-cache', 'crypto', 'node:crypto'],
  msgpackr: ['msgpackr'],
  superjson: ['superjson'],
  'system-text-json': ['lossless-json'],
  v8: ['v8', 'node:v8'],
};
const specifiers = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])([^'"]+)\1/g;
const libReference = '/// <reference lib="esnext.disposable" />';
const problems = [];

// Examples in doc comments may import what they like.
const code = (text) => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

for (const [entry, names] of Object.entries(allowed)) {
  for (const extension of ['js', 'cjs', 'd.ts', 'd.cts']) {
    const file = `dist/${entry}.${extension}`;
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, , name] of code(text).matchAll(specifiers)) {
      // The types that several entries share are in a file of their own.
      if (extension.startsWith('d.') && name.startsWith('./')) continue;
      if (!names.includes(name)) problems.push(`${file} imports ${name}`);
    }
    if (!extension.startsWith('d.')) continue;
    if (/syncDispos/.test(code(text)) && !text.includes(libReference)) problems.push(`${file} lacks ${libReference}`);
    if (/<reference types|\bNodeJS\.|\bBuffer\b/.test(code(text)) || /<reference types/.test(text))
      problems.push(`${file} needs the types of Node`);
  }
}

console.log(problems.length === 0 ? 'dist imports what it may' : problems.join('\n'));
process.exitCode = problems.length === 0 ? 0 : 1;
