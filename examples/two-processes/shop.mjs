import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** One of the processes, seen from the one that tells them what to do. */
export class Shop {
  #child;
  #asked = 0;
  #waiting = new Map();

  static async open({ url, instanceName }, database) {
    const shop = new Shop(fork(fileURLToPath(new URL('process.mjs', import.meta.url)), [url, instanceName, database]));
    await shop.ask('ready');
    return shop;
  }

  constructor(child) {
    this.#child = child;
    child.on('message', ({ id, reply, error }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) resolve(reply);
      else reject(new Error(error));
    });
    child.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`The process has ended: ${signal ?? code}`));
    });
  }

  ask(what, ...args) {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, what, args });
    });
  }

  /** It closes its cache, and ends by itself. */
  async close() {
    if (!this.#child.connected) return;
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }
}
