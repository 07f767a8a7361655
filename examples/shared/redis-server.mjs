import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports.mjs';

/**
 * A Redis server of this process, on a free port of 127.0.0.1. Its data are in a temporary folder, so it has them again
 * when it was stopped and started. It ends with this process, whichever way that ends.
 */
export class RedisServer {
  #program;
  #port;
  #folder;
  #guard;
  #child;

  /** Resolves to `undefined` where there is no such program. */
  static async start(program) {
    const server = new RedisServer(program);
    server.#folder = await mkdtemp(join(tmpdir(), 'distributed-cache-example-'));
    server.#guard = guardOf(server.#folder);
    try {
      server.#port = await freePort();
      await server.start();
      return server;
    } catch (error) {
      await server.end();
      if (error.code === 'ENOENT' || error.code === 'EACCES') return undefined;
      throw error;
    }
  }

  constructor(program) {
    this.#program = program;
  }

  get url() {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Starts it, on the same port each time. Resolves when it answers. */
  async start() {
    const options = {
      bind: '127.0.0.1',
      port: this.#port,
      dir: this.#folder,
      save: '',
      // Each change is in the file before it is answered, so that a killed server has lost nothing.
      appendonly: 'yes',
      appendfsync: 'no',
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = spawn(this.#program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    if (child.pid !== undefined) this.#guard.write(`${child.pid}\n`);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-2_000);
    });
    await once(child, 'spawn');
    for (let tries = 0; tries < 1_000 && isRunning(child); tries++) {
      if (await answers(this.#port)) return;
      await sleep(10);
    }
    await this.stop();
    throw new Error(`${this.#program} did not start on port ${this.#port}:\n${output}`);
  }

  /** Kills it, as a crash would. */
  async stop() {
    const child = this.#child;
    if (child?.pid !== undefined && isRunning(child)) {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
      this.#guard.write('\n');
    }
  }

  /** Stops it for good, and removes its data. */
  async end() {
    await this.stop();
    this.#guard.end();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const isRunning = ({ exitCode, signalCode }) => exitCode === null && signalCode === null;

// It is told which process runs. The end of what it is told is the end of this process, however that came.
const guard = 'while read -r line; do pid=$line; done; [ -z "$pid" ] || kill -KILL "$pid"; rm -rf "$1"';

/** A stream to what kills the process whose id it was sent last, and removes the folder, as soon as the stream ends. */
function guardOf(folder) {
  // Detached, so that Ctrl-C ends this process alone.
  const child = spawn('/bin/sh', ['-c', guard, 'sh', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  for (const part of [child, child.stdin]) {
    part.on('error', () => {});
    part.unref();
  }
  return child.stdin;
}

/** Whether a server there answers: not while it loads its data. */
function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
  });
}
