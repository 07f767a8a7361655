import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { HybridCacheOptions } from 'distributed-cache';
import { kept } from '../servers/kept.js';
import { until } from '../servers/waiting.js';

/** Options of the HybridCache there, and by how many ms its machine's clock is wrong. */
export type WorkerOptions = Pick<HybridCacheOptions, 'maxStaleness' | 'leaseDuration' | 'defaults'> & {
  readonly skew?: number;
};

const script = fileURLToPath(new URL('worker.mjs', import.meta.url));

/** Another process with a HybridCache (`worker.mjs`). */
export class Worker {
  /** The keys of factories that ran there. */
  readonly factories: string[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #isReady = false;
  #commands = 0;

  constructor(url: string, instanceName: string, { skew = 0, ...options }: WorkerOptions) {
    this.#child = spawn(process.execPath, [script, url, instanceName, JSON.stringify(options), String(skew)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const { id, result, error, factory, ready } = JSON.parse(line);
      if (ready) this.#isReady = true;
      if (factory !== undefined) this.factories.push(factory);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error !== undefined) waiting?.reject(new Error(error));
      else waiting?.resolve(result);
    });
  }

  async ready(): Promise<void> {
    await until(() => this.#isReady, 'the other process is ready');
  }

  run(command: string, args: object): Promise<unknown> {
    const id = ++this.#commands;
    const result = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#child.stdin?.write(`${JSON.stringify({ id, command, ...args })}\n`);
    return result;
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.kill();
  }
}

/** Several of them, ready, and ended with the test. */
export async function startWorkers(
  count: number,
  url: string,
  instanceName: string,
  options: WorkerOptions = {},
): Promise<Worker[]> {
  const workers = await Promise.all(
    Array.from({ length: count }, () => kept(Promise.resolve(new Worker(url, instanceName, options)))),
  );
  await Promise.all(workers.map((worker) => worker.ready()));
  return workers;
}
