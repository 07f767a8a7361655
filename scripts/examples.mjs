// Runs every example (examples/NAME.mjs or examples/NAME/main.mjs) against the built package: each must end by itself,
// with exit code 0. Those that use Redis are run with it, if there is one, and without.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { report, root, run } from './run.mjs';

const folder = join(root, 'examples');
const examples = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).flatMap(exampleOf) : [];

/** A folder without a main.mjs is what examples share. */
function exampleOf(entry) {
  if (!entry.isDirectory()) return entry.name.endsWith('.mjs') ? [`examples/${entry.name}`] : [];
  const main = `examples/${entry.name}/main.mjs`;
  return existsSync(join(root, main)) ? [main] : [];
}

/** Whether any file beside it looks for a Redis. */
function usesRedis(example) {
  if (!example.endsWith('/main.mjs')) return false;
  const beside = join(root, example, '..');
  const files = readdirSync(beside).filter((name) => name.endsWith('.mjs'));
  return files.some((name) => readFileSync(join(beside, name), 'utf8').includes('shared/redis.mjs'));
}

// A PATH without any program. This Node is started by its full name.
const { REDIS_URL: _, ...env } = process.env;
const withoutRedis = { ...env, PATH: join(folder, 'shared') };

const timeouts = {
  // It waits for expirations to come.
  'examples/demo/main.mjs': 120_000,
  // It builds a .NET service the first time, and may have to download its packages.
  'examples/aspnet-and-node/main.mjs': 300_000,
};

await run(process.execPath, ['scripts/ensure-build.mjs']);
for (const example of examples.sort()) {
  const timeout = timeouts[example] ?? 60_000;
  await report(example, async () => {
    const output = await run(process.execPath, [example], { quiet: true, timeout });
    return output.match(/^Skipped: .*$/m)?.[0];
  });
  if (!usesRedis(example)) continue;
  await report(`${example}, without Redis`, async () => {
    const output = await run(process.execPath, [example], { quiet: true, timeout, env: withoutRedis });
    if (!output.includes('Skipped: what needs Redis.')) throw new Error(`it does not say what it skips:\n${output}`);
  });
}
if (examples.length === 0) {
  console.log('FAIL: there is no example');
  process.exitCode = 1;
}
