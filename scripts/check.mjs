// Everything that a change must pass, but the other runtimes (scripts/runtimes.mjs). Stops at the first failure.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { root, run } from './run.mjs';

// scripts/test-counts.mjs reads it; an old one must not speak for this run.
const counts = '.cache/vitest.json';
await rm(join(root, counts), { force: true });

const npx = (...args) => ['npm', ['exec', '--offline', '--', ...args]];
const script = (name, ...args) => ['npm', ['run', '--silent', name, ...args]];
const steps = {
  'lock file': [process.execPath, ['scripts/lockcheck.mjs']],
  lint: script('lint'),
  types: script('types'),
  build: script('build'),
  'imports of dist': [process.execPath, ['scripts/dist-imports.mjs']],
  publint: npx('publint', '--strict'),
  attw: npx('attw', '--pack', '.'),
  'API docs': script('docs:api'),
  tests: script('test', '--', '--coverage', '--reporter=default', '--reporter=json', `--outputFile.json=${counts}`),
  examples: script('examples'),
  consumers: script('consumers'),
};

// The tests take eight minutes on two cores, and more beside other work.
const timeouts = { tests: 1_500_000 };

const times = [];
for (const [name, [command, args]] of Object.entries(steps)) {
  console.log(`\n=== ${name}`);
  const started = performance.now();
  try {
    await run(command, args, { timeout: timeouts[name] });
  } catch (error) {
    console.log(`\ncheck: FAILED at ${name}: ${error.message}`);
    process.exitCode = 1;
    break;
  }
  times.push([name, (performance.now() - started) / 1000]);
}

if (!process.exitCode) {
  console.log('\ncheck: all passed');
  for (const [name, seconds] of times) console.log(`  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s`);
}
