// Checks that package-lock.json works on every machine. npm may drop platform packages that a registry lacks, without
// a word, and `npm ci` then refuses the file elsewhere; and a `resolved` address ties it to one registry.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const paths = Object.keys(packages);
const problems = [];
for (const [path, { version, resolved, optionalDependencies = {} }] of Object.entries(packages)) {
  const missing = Object.keys(optionalDependencies).filter(
    (name) => !paths.some((other) => other.endsWith(`node_modules/${name}`)),
  );
  if (missing.length > 0) problems.push(`${path}@${version} lacks ${missing.join(', ')}`);
  if (/^(https?|git)/.test(resolved ?? '')) problems.push(`${path} names where it came from: remove "resolved"`);
}

for (const problem of problems) console.log(problem);
console.log(
  problems.length === 0 ? `${paths.length} packages, complete` : 'package-lock.json is not usable everywhere',
);
process.exitCode = problems.length === 0 ? 0 : 1;
