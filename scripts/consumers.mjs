// Uses the packed package the way users do: from ESM, from CJS, from both at once, from TypeScript under each module
// resolution, its contract suite under jest and node:test, and its Redis entry without ioredis and with each version of
// it, on a real server where there is one.
import { existsSync, readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RedisServer } from '../examples/shared/redis-server.mjs';
import { cachedTool } from './cached-tool.mjs';
import { install, withPackedPackage } from './packed.mjs';
import { report, root, run } from './run.mjs';

const node = process.execPath;
// No DOM, no Node types, and the package's own .d.ts files are checked too.
const plain = { lib: ['es2022'], types: [], strict: true, skipLibCheck: false, noEmit: true, target: 'es2022' };
const typescript = {
  'nodenext, .mts and .cts': [
    ['usage.mts', 'usage.cts', 'codecs.ts'],
    { module: 'nodenext', moduleResolution: 'nodenext' },
  ],
  bundler: [['usage.ts', 'codecs.ts'], { module: 'esnext', moduleResolution: 'bundler' }],
  node10: [['usage.ts', 'codecs.ts'], { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' }],
  exactOptionalPropertyTypes: [
    ['exact.ts'],
    { module: 'nodenext', moduleResolution: 'nodenext', exactOptionalPropertyTypes: true },
  ],
};

const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
// The one that is used here, and the oldest kind that is supported.
const clients = [`ioredis@${devDependencies.ioredis}`, devDependencies['ioredis-5'].replace('npm:', '')];

await withPackedPackage(async (project) => {
  const quiet = { cwd: project, quiet: true, timeout: 120_000 };
  const script = (name, file, ...args) =>
    report(name, async () => {
      await run(node, [file, ...args], quiet);
    });
  const compile = async (files, options) => {
    const config = join(types, 'tsconfig.json');
    await writeFile(config, JSON.stringify({ files, compilerOptions: { ...plain, ...options } }));
    await run(node, [tsc, '-p', config], quiet);
  };
  const types = join(project, 'types');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');

  await script('ESM', 'smoke.mjs');
  await script('CJS', 'smoke.cjs');
  await script('the entries of codecs, ESM', 'entries.mjs');
  await script('the entries of codecs, CJS', 'entries.cjs');
  await script('ESM and CJS in one process', 'mixed.mjs');

  if (existsSync(join(project, 'node_modules/ioredis'))) throw new Error('ioredis is installed, although nobody asked');
  await script('Redis entry without ioredis, ESM', 'redis-smoke.mjs');
  await script('Redis entry without ioredis, CJS', 'redis-smoke.cjs');
  await script('Redis entry without ioredis, ESM and CJS in one process', 'redis-mixed.mjs');

  for (const extension of ['mts', 'cts']) await cp(join(types, 'usage.ts'), join(types, `usage.${extension}`));
  for (const [name, [files, options]] of Object.entries(typescript)) {
    await report(`TypeScript, ${name}`, () => compile(files, options));
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

  const server = (await RedisServer.start('redis-server')) ?? (await RedisServer.start('valkey-server'));
  try {
    for (const client of clients) {
      await report(`install ${client}`, () =>
        install(project, client, `@types/node@${devDependencies['@types/node']}`),
      );
      await script(`${client} is loaded only when it is needed, ESM`, 'loads.mjs');
      await script(`${client} is loaded only when it is needed, CJS`, 'loads.cjs');
      await report(`${client}, TypeScript`, () =>
        compile(['ioredis.ts'], {
          module: 'nodenext',
          moduleResolution: 'nodenext',
          types: ['node'],
          skipLibCheck: true,
        }),
      );
      if (server !== undefined) await script(`${client} on a real server`, 'redis-server.mjs', server.url);
      else console.log(`skip ${client} on a real server: neither redis-server nor valkey-server is on the PATH`);
    }
  } finally {
    await server?.end();
  }
});
