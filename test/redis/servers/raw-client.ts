import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Argument, encodeCommand, type Reply, replySplitter } from './resp.js';

export interface RawTarget {
  readonly host?: string;
  readonly port?: number;
  /** A Unix socket, instead of host and port. */
  readonly path?: string;
  /** The certificate (PEM) that must have signed the server's; makes it a TLS connection. */
  readonly ca?: string;
  readonly username?: string;
  readonly password?: string;
}

/**
 * A client that sends what it is told and gives back what it gets: RESP2, no reconnects, no queue, no conversions.
 * For what must happen behind the library's back.
 */
export class RawClient {
  readonly #socket: Socket;
  readonly #waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];
  #failure: Error | undefined;
  /** Called with what comes and was not asked for: the messages of a subscription. */
  onMessage: (message: Reply) => void = () => {};

  /** Connects to a port of 127.0.0.1, a Unix socket (a string with a leading slash), a `redis://` URL, or a target. */
  static async connect(to: number | string | RawTarget): Promise<RawClient> {
    const target = targetOf(to);
    const address = target.path
      ? { path: target.path }
      : { host: target.host ?? '127.0.0.1', port: target.port ?? 6379 };
    const secure = target.ca !== undefined;
    const socket = secure ? connectTls({ ...address, ca: target.ca }) : connectTcp(address);
    await new Promise<void>((resolve, reject) => {
      socket.once(secure ? 'secureConnect' : 'connect', resolve);
      socket.once('error', reject);
    });
    const client = new RawClient(socket);
    if (target.password === undefined) return client;
    const user = target.username ? [target.username] : [];
    try {
      await client.command('AUTH', ...user, target.password);
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    const replies = replySplitter();
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const reply of replies.push(chunk)) {
          const caller = this.#waiting.shift();
          if (caller === undefined) this.onMessage(reply);
          else if (reply instanceof Error) caller.reject(reply);
          else caller.resolve(reply);
        }
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    const fail = (error: Error) => {
      this.#failure ??= error;
      for (const caller of this.#waiting.splice(0)) caller.reject(this.#failure);
    };
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the connection is closed')));
  }

  /**
   * Sends one command; calls that are not awaited are pipelined. Bulk replies are Buffers (`decoded` makes strings of
   * them); an error reply rejects with a `ReplyError`.
   */
  command(...args: readonly Argument[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#waiting.push({ resolve, reject });
      this.#socket.write(encodeCommand(args));
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Connects, sends one command, and closes. */
export async function rawCommand(to: number | string | RawTarget, ...args: readonly Argument[]): Promise<Reply> {
  const client = await RawClient.connect(to);
  try {
    return await client.command(...args);
  } finally {
    client.close();
  }
}

function targetOf(to: number | string | RawTarget): RawTarget {
  if (typeof to === 'number') return { port: to };
  if (typeof to !== 'string') return to;
  if (to.startsWith('/')) return { path: to };
  const url = new URL(to);
  if (url.protocol !== 'redis:') throw new TypeError(`a redis:// URL is expected, not ${url.protocol}`);
  return {
    host: url.hostname,
    port: Number(url.port || 6379),
    ...(url.password && { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }),
  };
}
