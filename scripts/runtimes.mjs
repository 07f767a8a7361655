// A smoke run of the packed package on the other runtimes, whose binaries come from the registry into .cache/. The
// Node that runs this script has had its turn in scripts/consumers.mjs.
import { arch, platform } from 'node:process';
import { cachedTool } from './cached-tool.mjs';
import { withPackedPackage } from './packed.mjs';
import { report, run } from './run.mjs';

const nodes = [22, 24, 26].map((major) => ({
  name: `Node ${major}`,
  install: () => {
    const system = platform === 'win32' ? 'win' : platform;
    const file = platform === 'win32' ? 'node.exe' : 'node';
    const name = `node-${system}-${arch}`;
    return cachedTool(`node${major}`, `${name}@${major}`, `${name}/bin/${file}`);
  },
  args: [],
}));
// Both packages fetch their platform's binary as an optional dependency, and are put in place by their install script.
const runtimes = [
  ...nodes,
  { name: 'Bun', install: () => cachedTool('bun', 'bun@1', '.bin/bun', { allowScripts: { bun: true } }), args: [] },
  {
    name: 'Deno',
    install: () => cachedTool('deno', 'deno@2', '.bin/deno', { allowScripts: { deno: true } }),
    // The project's own node_modules, and nothing fetched.
    args: ['run', '--allow-all', '--node-modules-dir=manual', '--no-lock', '--cached-only'],
  },
];

const files = ['smoke.mjs', 'smoke.cjs', 'entries.mjs', 'entries.cjs', 'redis-smoke.mjs', 'redis-smoke.cjs'];

await withPackedPackage(async (project) => {
  const quiet = { cwd: project, quiet: true, timeout: 60_000, env: { ...process.env, DENO_NO_UPDATE_CHECK: '1' } };
  for (const { name, install, args } of runtimes) {
    await report(name, async () => {
      const binary = await install();
      const version = (await run(binary, ['--version'], quiet)).split('\n')[0];
      for (const file of files) await run(binary, [...args, file], quiet);
      return version;
    });
  }
});
