import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildDotnet, dotnetEnvironment } from './dotnet-build.js';
import { type DotnetCache, dotnetCache } from './dotnet-cache.js';
import { callerOf } from './dotnet-http.js';
import { type DotnetHybrid, dotnetHybrid } from './dotnet-hybrid.js';
import type { Packages } from './packages.js';
import { stop } from './stop.js';

/** An ASP.NET Core process. */
export interface Dotnet {
  /** The versions of the packages that run there. */
  readonly packages: Packages;
  readonly cache: DotnetCache;
  readonly hybrid: DotnetHybrid;
  /** Ends the process. */
  stop(): Promise<void>;
}

export interface DotnetOptions {
  readonly packages: Packages;
  readonly redisPort: number;
  readonly instanceName: string;
  /** How HybridCache's JSON names properties. @default as System.Text.Json does, by .NET's own names */
  readonly naming?: 'camelCase' | undefined;
  /** The number of the server's database. @default 0 */
  readonly database?: number;
}

const sources = fileURLToPath(new URL('dotnet', import.meta.url));
const startTimeout = 30_000;

/** Starts the process on a free port, built before if need be. It ends with `stop()`, or with this process. */
export async function startDotnet(options: DotnetOptions): Promise<Dotnet> {
  const { packages, redisPort, instanceName, naming, database = 0 } = options;
  const properties = { RedisCacheVersion: packages.redisCache, HybridCacheVersion: packages.hybridCache };
  const dll = await buildDotnet({ sources, dll: 'InteropProcess.dll', properties });
  const redis = `127.0.0.1:${redisPort},defaultDatabase=${database}`;
  const args = [dll, '--redis', redis, '--instance', instanceName, '--port', '0'];
  if (naming !== undefined) args.push('--naming', naming);
  // It ends when its standard input does, and the system ends that when this process is gone, however it went.
  const child = spawn('dotnet', args, { env: dotnetEnvironment, stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const call = callerOf(`http://127.0.0.1:${await portOf(child)}`);
    return {
      packages: (await (await call('GET', '/versions')).json()) as Packages,
      cache: dotnetCache(call),
      hybrid: dotnetHybrid(call),
      stop: () => stop(child),
    };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/** The port that the process says it listens on. */
function portOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(new Error(`the .NET process ${what}; it printed: ${output}`));
    };
    const timer = setTimeout(() => fail(`was not up after ${startTimeout / 1000} s`), startTimeout);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const port = /^listening (\d+)\r?\n/m.exec(output)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(port);
    });
    child.once('error', (error) => fail(`did not start (${error.message})`));
    child.once('exit', (code, signal) => fail(`ended at its start (${signal ?? code})`));
  });
}
