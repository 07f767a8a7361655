import { connect, createServer } from 'node:net';
import { listen } from './ports.mjs';

/** A way to a Redis that can be cut, and opened again at the same address. */
export class RedisRelay {
  url;
  #target;
  #port;
  #server;
  #sockets = new Set();

  static async open(url) {
    const relay = new RedisRelay(url);
    await relay.start();
    return relay;
  }

  constructor(url) {
    const { hostname, port } = new URL(url);
    this.#target = { host: hostname.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(port || 6379) };
    this.url = url;
  }

  async start() {
    this.#server = createServer((socket) => this.#relay(socket));
    this.#port = await listen(this.#server, this.#port);
    // User, password and database stay.
    const url = new URL(this.url);
    url.host = `127.0.0.1:${this.#port}`;
    this.url = url.href;
  }

  /** Connections are cut, and new ones are refused. */
  async stop() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #relay(socket) {
    const other = connect(this.#target);
    for (const [one, another] of [
      [socket, other],
      [other, socket],
    ]) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.pipe(another);
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        another.destroy();
      });
    }
  }
}
