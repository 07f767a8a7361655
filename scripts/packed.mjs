// Installs the package as a user gets it: packed, in an empty project outside this one, so that nothing of ours
// (node_modules, tsconfig paths) can leak in.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/**
 * Calls `use` with the folder of a project that has the packed package and test/consumers, and removes it afterwards.
 * None of the optional peers is installed.
 */
export async function withPackedPackage(use) {
  await run(process.execPath, ['scripts/ensure-build.mjs']);
  const project = await mkdtemp(join(tmpdir(), 'distributed-cache-consumer-'));
  try {
    const packed = await run('npm', ['pack', '--silent', '--pack-destination', project], { quiet: true });
    const dependencies = { 'distributed-cache': `file:./${packed.trim().split('\n').at(-1)}` };
    await cp(join(root, 'test/consumers'), project, { recursive: true });
    await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, dependencies }));
    await install(project);
    return await use(project);
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}

/** Installs what the project needs, and these packages. */
export async function install(project, ...packages) {
  const options = ['--silent', '--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline'];
  await run('npm', ['install', ...options, ...packages], { cwd: project, quiet: true });
}
