import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';

/** One of the two services, a process of its own that listens on a free port of 127.0.0.1. */
export class Service {
  name;
  base;
  #child;
  #output = '';

  constructor(name, command, args, settings) {
    this.name = name;
    // It ends when its standard input does, whichever way this process ends.
    const stdio = ['pipe', 'pipe', 'inherit'];
    this.#child = spawn(command, args, { cwd: dirname(args[0]), env: { ...process.env, ...settings }, stdio });
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      this.#output = (this.#output + text).slice(-4_000);
    });
  }

  /** Resolves when it says where it listens. */
  async listens() {
    const exit = once(this.#child, 'exit');
    for (;;) {
      this.base = /Now listening on: (http:\S+)/.exec(this.#output)?.[1];
      if (this.base !== undefined) return;
      const isOver = await Promise.race([once(this.#child.stdout, 'data').then(() => false), exit.then(() => true)]);
      if (isOver) throw new Error(`${this.name} did not start:\n${this.#output}`);
    }
  }

  async ask(method, path, body) {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(this.base + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (response.status >= 500) throw new Error(`${this.name} failed at ${method} ${path}: ${text}\n${this.#output}`);
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** How often it has asked the database so far, and what else it counts. */
  async counts() {
    return (await this.ask('GET', '/queries')).body;
  }

  async close() {
    const child = this.#child;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.stdin.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await exit;
    clearTimeout(timer);
  }
}
