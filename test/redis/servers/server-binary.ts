import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { basename, delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

type Environment = Readonly<Record<string, string | undefined>>;

/** The server's binary, or why there is none. */
export type ServerLookup = { readonly binary: string } | { readonly binary: undefined; readonly reason: string };

interface LookupOptions {
  /** Where the lock of an installation lies. */
  readonly folder?: string;
  readonly root?: boolean;
  readonly say?: (message: string) => void;
}

const names = ['redis-server', 'valkey-server'];
const cacheFolder = fileURLToPath(new URL('../../../.cache', import.meta.url));

let lookup: Promise<ServerLookup> | undefined;

/** The lookup of this process, made once. */
export function lookUpServer(): Promise<ServerLookup> {
  lookup ??= findServer(process.env);
  return lookup;
}

/**
 * The path of a Redis or Valkey server: `TEST_REDIS_SERVER`, else one on the PATH, else Debian's package, installed now.
 * Undefined where none can be had.
 */
export async function serverBinary(): Promise<string | undefined> {
  return (await lookUpServer()).binary;
}

/** What `serverBinary` does, for another environment than this process's. */
export async function findServer(env: Environment, options: LookupOptions = {}): Promise<ServerLookup> {
  const named = env.TEST_REDIS_SERVER;
  if (named) {
    const binary = await which(named, env);
    return binary ? { binary } : { binary: undefined, reason: `TEST_REDIS_SERVER names no executable: ${named}` };
  }
  const found = await firstOf(names, env);
  if (found) return { binary: found };
  const aptGet = await which('apt-get', env);
  if (!aptGet) return none('and there is no apt-get to install it with');
  if (!(options.root ?? process.getuid?.() === 0)) return none('and only root may install it');
  const { folder = cacheFolder, say = console.warn } = options;
  say('tests on real servers: no redis-server on the PATH, so Debian\'s package "redis-server" is being installed');
  const failure = await install(env, folder);
  const binary = await firstOf(names, env);
  if (!binary) return none(`and its installation failed: ${failure ?? 'it is not on the PATH afterwards'}`);
  say(`tests on real servers: installed ${binary}`);
  return { binary };
}

const none = (why: string): ServerLookup => ({
  binary: undefined,
  reason: `neither ${names.join(' nor ')} is on the PATH, ${why}`,
});

// The lock is the kernel's, so it ends with its holder. Who waited for it finds the work done, or failed.
const script = `
command -v redis-server && exit 0
if [ -n "$(find "$1.failed" -mmin -10 2>/dev/null)" ]; then tail -n 5 "$1.failed"; exit 1; fi
apt='apt-get -q -o DPkg::Lock::Timeout=120 -o Acquire::Retries=1 -o Acquire::http::Timeout=30'
# An update that fails for one of several sources may do all the same.
if { $apt update; $apt install -y --no-install-recommends redis-server; } > "$1.log" 2>&1; then
  rm -f "$1.failed"
else
  mv "$1.log" "$1.failed"; tail -n 5 "$1.failed"; exit 1
fi`;

/** Resolves with why it failed, if it did. */
async function install(env: Environment, folder: string): Promise<string | undefined> {
  await mkdir(folder, { recursive: true });
  const lock = join(folder, 'install-redis.lock');
  return new Promise((resolve) => {
    execFile(
      'flock',
      [lock, 'sh', '-c', script, 'sh', lock],
      // RUNLEVEL=1: Debian's scripts start no service then.
      { env: { ...env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }, timeout: 300_000 },
      (error, stdout) => resolve(error ? stdout.trim() || error.message : undefined),
    );
  });
}

async function firstOf(candidates: readonly string[], env: Environment): Promise<string | undefined> {
  for (const name of candidates) {
    const path = await which(name, env);
    if (path) return path;
  }
  return undefined;
}

/** The absolute path of a program, if it is there and may be run. */
export async function which(name: string, env: Environment = process.env): Promise<string | undefined> {
  const folders = name === basename(name) ? (env.PATH ?? '').split(delimiter) : [''];
  for (const folder of folders) {
    const path = resolve(folder, name);
    try {
      await access(path, constants.X_OK);
      if ((await stat(path)).isFile()) return path;
    } catch {
      // Not here.
    }
  }
  return undefined;
}
