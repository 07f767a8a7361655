// A Redis for the benchmarks: REDIS_URL, or a redis-server (valkey-server) from the PATH, on a free port of 127.0.0.1.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves to `{ url, stop }`. Rejects where there is no server to start. */
export async function startServer() {
  if (process.env.REDIS_URL) return { url: process.env.REDIS_URL, stop: async () => {} };
  return startOwnServer();
}

/**
 * Resolves to `{ url, port, signal, stop }`: a server to freeze and to kill.
 *
 * @param port - Where it is to listen; a free port by default.
 */
export async function startOwnServer(port) {
  for (const program of ['redis-server', 'valkey-server']) {
    const server = await start(program, port ?? (await freePort()));
    if (server !== undefined) return server;
  }
  throw new Error('There is no redis-server and no valkey-server on the PATH: install one.');
}

async function start(program, port) {
  const folder = await mkdtemp(join(tmpdir(), 'distributed-cache-redis-'));
  const options = { bind: '127.0.0.1', port, dir: folder, save: '', appendonly: 'no' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(program, args, { stdio: 'ignore' });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.removeListener('exit', kill);
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      kill();
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  const failed = new Promise((resolve) => child.once('error', () => resolve(true)));
  for (let tries = 0; tries < 500; tries++) {
    if (await Promise.race([failed, answers(port)])) {
      if (child.pid !== undefined) {
        const signal = (name) => child.kill(name);
        return { url: `redis://127.0.0.1:${port}`, port, signal, stop };
      }
      break;
    }
    await sleep(10);
  }
  await stop();
  return undefined;
}

/** Whether something takes connections there. */
function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
