import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A project that is built for tests. */
export interface DotnetProject {
  /** The folder of its sources. */
  readonly sources: string;
  /** The file that is run. */
  readonly dll: string;
  /** What it is built with beside what it says itself: `{ RedisCacheVersion: '11.0.0' }`. */
  readonly properties?: Readonly<Record<string, string>>;
}

const builds = fileURLToPath(new URL('../../.cache/interop', import.meta.url));
const buildTimeout = 150_000;

/** What every `dotnet` that the tests start runs with: it says nothing and calls nobody. */
export const dotnetEnvironment = {
  ...process.env,
  DOTNET_CLI_TELEMETRY_OPTOUT: '1',
  DOTNET_NOLOGO: '1',
  DOTNET_GENERATE_ASPNET_CERTIFICATE: 'false',
};

let sdk: string | undefined;

/** The version of the .NET SDK on the PATH, or `''`. */
function sdkVersion(): string {
  if (sdk === undefined) {
    try {
      sdk = execFileSync('dotnet', ['--version'], { encoding: 'utf8', env: dotnetEnvironment, stdio: 'pipe' }).trim();
    } catch {
      sdk = '';
    }
  }
  return sdk;
}

/** Whether the PATH has a .NET SDK that can build the process: 10 or later. */
export const dotnetOnPath = (): boolean => Number.parseInt(sdkVersion(), 10) >= 10;

/** The path of the built process. It is built only when nothing was yet built from these sources, by this SDK, with these properties. */
export async function buildDotnet(project: DotnetProject): Promise<string> {
  const { sources, dll, properties = {} } = project;
  const hash = createHash('sha256').update(`${sdkVersion()}\n${JSON.stringify(properties)}`);
  for (const name of readdirSync(sources).sort()) hash.update(name).update(readFileSync(join(sources, name)));
  const build = join(builds, [...Object.values(properties), hash.digest('hex').slice(0, 12)].join('-'));
  const path = join(build, dll);

  await mkdir(builds, { recursive: true });
  await onlyOne(`${build}.lock`, async () => {
    if (!existsSync(path)) await run(project, build);
  });
  return path;
}

/** Builds aside and moves the result into place, so that what is there is always whole. */
async function run({ sources, properties = {} }: DotnetProject, build: string): Promise<void> {
  const aside = `${build}.${process.pid}`;
  const given = Object.entries(properties).map(([name, value]) => `-p:${name}=${value}`);
  // No build server is left running, and nothing is written beside the sources.
  const settings = ['-nodeReuse:false', '-p:UseSharedCompilation=false', '--artifacts-path', join(aside, 'artifacts')];
  const args = ['build', sources, '-c', 'Release', '-o', join(aside, 'out'), ...settings, ...given];
  try {
    await promisify(execFile)('dotnet', args, { env: dotnetEnvironment, timeout: buildTimeout });
    await rename(join(aside, 'out'), build).catch((error) => {
      // Somebody else's build of the same sources is as good.
      if (!existsSync(build)) throw error;
    });
  } catch (error) {
    const { message, stdout } = error as Error & { stdout?: string };
    throw new Error([message, stdout].join('\n').trim());
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** Runs the work in one process at a time. The lock of a process that died is nobody's. */
async function onlyOne(lock: string, work: () => Promise<void>): Promise<void> {
  const patience = performance.now() + buildTimeout;
  while (!(await take(lock))) {
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    // Without a number in it the lock is being made just now, or was just given back.
    if (performance.now() > patience || (owner > 0 && !isAlive(owner))) await rm(lock, { force: true });
    else await sleep(50);
  }
  try {
    await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
