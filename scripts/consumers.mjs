// Uses the packed package the way users do: from ESM, from CJS, from both at once, from TypeScript under each module
// resolution, and its contract suite under jest and node:test.
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedTool } from './cached-tool.mjs';
import { withPackedPackage } from './packed.mjs';
import { report, root, run } from './run.mjs';

const node = process.execPath;
// No DOM, no Node types, and the package's own .d.ts files are checked too.
const plain = { lib: ['es2022'], types: [], strict: true, skipLibCheck: false, noEmit: true, target: 'es2022' };
const typescript = {
  'nodenext, .mts and .cts': [['usage.mts', 'usage.cts'], { module: 'nodenext', moduleResolution: 'nodenext' }],
  bundler: [['usage.ts'], { module: 'esnext', moduleResolution: 'bundler' }],
  node10: [['usage.ts'], { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' }],
  exactOptionalPropertyTypes: [
    ['exact.ts'],
    { module: 'nodenext', moduleResolution: 'nodenext', exactOptionalPropertyTypes: true },
  ],
};

await withPackedPackage(async (project) => {
  const quiet = { cwd: project, quiet: true, timeout: 120_000 };
  const script = (name, file) =>
    report(name, async () => {
      await run(node, [file], quiet);
    });
  await script('ESM', 'smoke.mjs');
  await script('CJS', 'smoke.cjs');
  await script('ESM and CJS in one process', 'mixed.mjs');

  const types = join(project, 'types');
  for (const extension of ['mts', 'cts']) await cp(join(types, 'usage.ts'), join(types, `usage.${extension}`));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  for (const [name, [files, options]] of Object.entries(typescript)) {
    await report(`TypeScript, ${name}`, async () => {
      const config = join(types, 'tsconfig.json');
      await writeFile(config, JSON.stringify({ files, compilerOptions: { ...plain, ...options } }));
      await run(node, [tsc, '-p', config], quiet);
    });
  }

  await report('contract suite under jest', async () => {
    const jest = await cachedTool('jest', 'jest@30.5.2', 'jest/bin/jest.js');
    // No transform: what is tested is the package as it is installed, and babel would take a second.
    const config = JSON.stringify({ rootDir: project, testMatch: ['**/jest.test.cjs'], transform: {} });
    const output = await run(node, [jest, '--config', config, '--watchman=false', '--verbose=false'], quiet);
    return output.match(/^Tests:.*$/m)?.[0];
  });
  await report('contract suite under node:test', async () => {
    const output = await run(node, ['--test', '--test-reporter=spec', 'node-test.mjs'], quiet);
    return output.match(/pass \d+$/m)?.[0];
  });
});
