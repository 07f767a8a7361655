import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { buildDotnet, dotnetEnvironment } from './dotnet-build.js';

export { dotnetOnPath } from './dotnet-build.js';

/** .NET's `DistributedCacheEntryOptions`. A string goes to `DateTimeOffset.Parse` as it is. */
export interface DotnetEntryOptions {
  readonly absolute?: Date | string | undefined;
  readonly relativeMs?: number | undefined;
  readonly slidingMs?: number | undefined;
}

/** .NET's `IDistributedCache` in a process of its own. What it throws there rejects here, with the exception's name. */
export interface DotnetCache {
  /** The version of Microsoft.Extensions.Caching.StackExchangeRedis that runs there. */
  readonly packageVersion: string;
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, value: Uint8Array, options?: DotnetEntryOptions): Promise<void>;
  refresh(key: string): Promise<void>;
  remove(key: string): Promise<void>;
  /** Ends the process. */
  stop(): Promise<void>;
}

export interface DotnetOptions {
  readonly redisPort: number;
  readonly instanceName: string;
  /** @default what `INTEROP_PACKAGE_VERSION` says, or the version that the project names */
  readonly packageVersion?: string | undefined;
}

const startTimeout = 30_000;
const stopTimeout = 5_000;

/** Starts the process on a free port, built before if need be. It ends with `stop()`, or with this process. */
export async function startDotnet(options: DotnetOptions): Promise<DotnetCache> {
  const dll = await buildDotnet(options.packageVersion ?? process.env.INTEROP_PACKAGE_VERSION);
  const args = [dll, '--redis', `127.0.0.1:${options.redisPort}`, '--instance', options.instanceName, '--port', '0'];
  // It ends when its standard input does, and the system ends that when this process is gone, however it went.
  const child = spawn('dotnet', args, { env: dotnetEnvironment, stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const call = caller(`http://127.0.0.1:${await portOf(child)}`);
    return dotnetCache(call, child, await (await call('GET', '/version')).text());
  } catch (error) {
    await stop(child);
    throw error;
  }
}

function dotnetCache(call: Call, child: ChildProcess, packageVersion: string): DotnetCache {
  return {
    packageVersion,
    async get(key) {
      const reply = await call('GET', '/entry', { key });
      return reply.status === 404 ? undefined : new Uint8Array(await reply.arrayBuffer());
    },
    async set(key, value, { absolute, relativeMs, slidingMs } = {}) {
      const time = typeof absolute === 'string' ? absolute : absolute?.toISOString();
      await call('PUT', '/entry', { key, absolute: time, relativeMs, slidingMs }, value);
    },
    async refresh(key) {
      await call('POST', '/entry/refresh', { key });
    },
    async remove(key) {
      await call('DELETE', '/entry', { key });
    },
    stop: () => stop(child),
  };
}

type Query = Record<string, string | number | undefined>;
type Call = (method: string, path: string, query?: Query, body?: Uint8Array) => Promise<Response>;

function caller(base: string): Call {
  return async (method, path, query = {}, body) => {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
    const reply = await fetch(`${base}${path}?${search}`, { method, ...(body && { body: Buffer.from(body) }) });
    if (reply.ok || (reply.status === 404 && method === 'GET')) return reply;
    throw new Error(`.NET answered ${method} ${path} with ${reply.status}: ${await reply.text()}`);
  };
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

/** By its own id, and not before it had the time to go by itself. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.stdin?.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeout);
  await ended;
  clearTimeout(timer);
}
