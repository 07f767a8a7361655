import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tieToThisProcess } from './lifeline.js';
import { freePort } from './ports.js';
import { processState } from './processes.js';
import { rawCommand } from './raw-client.js';
import { ReplyError } from './resp.js';
import { lookUpServer } from './server-binary.js';
import { until } from './waiting.js';

export { serverBinary } from './server-binary.js';

export interface RedisServer {
  readonly port: number;
  /** `redis://127.0.0.1:PORT`. */
  readonly url: string;
  /** The process; another one after `restart`. */
  readonly pid: number;
  /** A Unix socket of the server: plain and from this machine, also where its port wants TLS. */
  readonly socket: string;
  readonly folder: string;
  /** What the server printed. */
  log(): string;
  /** Ends it for good (SIGKILL: there is nothing to save) and removes its folder. */
  stop(): Promise<void>;
  /** SIGKILL. Resolves once its port refuses connections; `restart` is possible. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open, and new ones are accepted by the system, but nothing answers. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Starts it again on the same port, without its data; kills it first where it still runs. */
  restart(): Promise<void>;
}

export interface RedisServerOptions {
  /** More command-line options; they override the fixture's own. */
  readonly args?: readonly string[] | ((port: number) => readonly string[]);
  /** The text of a configuration file. */
  readonly config?: string;
  /** Texts by name, put into the server's folder, which is where it runs. */
  readonly files?: Readonly<Record<string, string>>;
  /** @default a free one */
  readonly port?: number;
}

/** Starts a server on 127.0.0.1 that keeps nothing, and that dies with this process. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const found = await lookUpServer();
  if (found.binary === undefined) throw new Error(found.reason);
  for (let tries = 1; ; tries++) {
    const port = options.port ?? (await freePort());
    const folder = await mkdtemp(join(tmpdir(), 'redis-test-'));
    const server = new Server(found.binary, port, folder, options);
    const { config, files } = options;
    // Once, not at a restart: a sentinel keeps what it knows in its configuration.
    const texts = Object.entries({ ...files, ...(config !== undefined && { [configName]: config }) });
    try {
      for (const [name, text] of texts) await writeFile(join(folder, name), text);
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      // Somebody else took the port since we looked.
      if (!(error instanceof PortTakenError) || options.port !== undefined || tries === 10) throw error;
    }
  }
}

const configName = 'redis.conf';

class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

class Server implements RedisServer {
  readonly port: number;
  readonly folder: string;
  readonly #binary: string;
  readonly #options: RedisServerOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(binary: string, port: number, folder: string, options: RedisServerOptions) {
    this.#binary = binary;
    this.port = port;
    this.folder = folder;
    this.#options = options;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the server was never started');
    return this.#child.pid;
  }

  get socket(): string {
    return join(this.folder, 'socket');
  }

  log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  async start(): Promise<void> {
    let left: string | undefined;
    this.#spawn((how) => {
      left = how;
    });
    const answers = async () => {
      if (left !== undefined) {
        const log = this.log();
        if (log.includes('Address already in use')) throw new PortTakenError(`port ${this.port} is in use`);
        throw new Error(`${this.#binary} did not start (${left}):\n${log}`);
      }
      return isUp(this.socket);
    };
    await until(answers, `an answer of ${this.#binary}`, { every: 2 });
  }

  #spawn(onEnd: (how: string) => void): void {
    const { args = [], config } = this.#options;
    const output = openSync(join(this.folder, 'log'), 'a');
    const child = spawn(
      this.#binary,
      [
        ...(config === undefined ? [] : [configName]),
        ...['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.folder, '--unixsocket', this.socket],
        ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
        ...(typeof args === 'function' ? args(this.port) : args),
      ],
      { cwd: this.folder, stdio: ['ignore', output, output] },
    );
    closeSync(output);
    const release = child.pid === undefined ? () => {} : tieToThisProcess(child.pid, this.folder);
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      const ended = (how: string) => {
        release();
        onEnd(how);
        resolve();
      };
      child.on('error', (error) => child.pid === undefined && ended(error.message));
      child.on('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
    });
    child.unref();
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    // Only a process that is awaited keeps the test's process alive.
    child.ref();
    child.kill('SIGKILL');
    await this.#ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async freeze(): Promise<void> {
    this.#child?.kill('SIGSTOP');
    await until(() => ['T', undefined].includes(processState(this.pid)), 'the server stands still');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async restart(): Promise<void> {
    await this.kill();
    await rm(this.socket, { force: true });
    await this.start();
  }
}

/**
 * Asked on the Unix socket: on the port another server may answer, if it took it first. Redis opens its port before
 * this socket.
 */
async function isUp(socket: string): Promise<boolean> {
  try {
    return (await rawCommand(socket, 'PING')) === 'PONG';
  } catch (error) {
    return error instanceof ReplyError && ['NOAUTH', 'NOPERM'].includes(error.code);
  }
}

let shared: Promise<{ url: string } | undefined> | undefined;

/**
 * A server for suites that only need some server: `TEST_REDIS_URL`, else one of ours, which dies with this process.
 * Others may use it too: write only under `instanceName()`, and never flush.
 */
export function sharedRedis(): Promise<{ url: string } | undefined> {
  shared ??= findShared();
  return shared;
}

async function findShared(): Promise<{ url: string } | undefined> {
  const url = process.env.TEST_REDIS_URL;
  if (url) return { url };
  return (await lookUpServer()).binary ? startRedis() : undefined;
}

/** A prefix that no other suite has. */
export const instanceName = (): string => `test-${randomBytes(6).toString('hex')}:`;
