import { connect, createServer, type Server, type Socket } from 'node:net';
import { listen } from './ports.js';
import { requestSplitter } from './resp.js';

export type StallDirection = 'requests' | 'replies' | 'both';

export interface ProxyStats {
  /** Connections that were ever accepted. */
  readonly connections: number;
  /** Those that are open now. */
  readonly open: number;
  /** Bytes that were passed on. */
  readonly bytesToServer: number;
  readonly bytesToClient: number;
}

/** What is held back while a direction stands still; past it the sender is no longer read, and notices. */
const heldAtMost = 1 << 20;

type Item = Buffer | 'end' | 'destroy';

/** One direction of one connection. */
class Direction {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #write: (chunk: Buffer) => boolean;
  readonly #queue: { readonly item: Item; readonly due: number }[] = [];
  #held = 0;
  #timer: NodeJS.Timeout | undefined;
  #stalled = false;
  #full = false;
  #over = false;
  delay = 0;

  /** `write` passes a chunk on, and tells whether the other side takes more. */
  constructor(from: Socket, to: Socket, write: (chunk: Buffer) => boolean) {
    this.#from = from;
    this.#to = to;
    this.#write = write;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => this.#take('end'));
    from.on('close', (failed) => failed && this.#take('destroy'));
    to.on('close', () => {
      this.#over = true;
      this.#queue.length = 0;
      this.#held = 0;
      this.#flow();
    });
    to.on('drain', () => {
      this.#full = false;
      this.#flow();
    });
  }

  stall(stalled: boolean): void {
    this.#stalled = stalled;
    this.#flow();
  }

  #take(item: Item): void {
    if (this.#over) return;
    const due = Math.max(performance.now() + this.delay, this.#queue.at(-1)?.due ?? 0);
    this.#queue.push({ item, due });
    if (Buffer.isBuffer(item)) this.#held += item.length;
    this.#flow();
  }

  #flow(): void {
    clearTimeout(this.#timer);
    for (let next = this.#queue[0]; next && !this.#stalled && !this.#full; next = this.#queue[0]) {
      const wait = next.due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#flow(), Math.ceil(wait));
        break;
      }
      this.#queue.shift();
      this.#pass(next.item);
    }
    if (this.#held > heldAtMost) this.#from.pause();
    else this.#from.resume();
  }

  #pass(item: Item): void {
    if (item === 'destroy') this.#to.resetAndDestroy();
    else if (item === 'end') this.#to.end();
    else {
      this.#held -= item.length;
      this.#full = !this.#write(item);
    }
  }
}

interface Link {
  readonly client: Socket;
  readonly requests: Direction;
  readonly replies: Direction;
}

/** A TCP proxy on 127.0.0.1 that spoils connections as told, and that remembers what its clients asked for. */
export class TcpProxy {
  readonly port: number;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #links = new Set<Link>();
  #server: Server;
  #stalled = { requests: false, replies: false };
  #delay = 0;
  #replyBudget: { left: number; spent(): void } | undefined;
  #connections = 0;
  #bytesToServer = 0;
  #bytesToClient = 0;
  #commands: Buffer[][] = [];

  /** @internal */
  constructor(target: { readonly host: string; readonly port: number }, server: Server, port: number) {
    this.#target = target;
    this.#server = server;
    this.port = port;
    this.#serve(server);
  }

  /** `redis://127.0.0.1:PORT`. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get stats(): ProxyStats {
    return {
      connections: this.#connections,
      open: this.#links.size,
      bytesToServer: this.#bytesToServer,
      bytesToClient: this.#bytesToClient,
    };
  }

  /** Cuts all connections, with a reset; new ones are accepted. */
  cut(): void {
    for (const link of this.#links) link.client.resetAndDestroy();
  }

  /**
   * Holds the bytes back that come from now on; connections are accepted, and stand still as well. With `replies` the
   * server still does what it is asked for. What a side does to its connection (a close, a reset) is held back too.
   */
  stall(direction: StallDirection = 'both'): void {
    this.#setStalled(direction, true);
  }

  /** Passes on what was held back, and everything after it. */
  resume(direction: StallDirection = 'both'): void {
    this.#setStalled(direction, false);
  }

  /**
   * Lets `bytes` more bytes of replies through, on whatever connection, and cuts the connection of the byte after them.
   * 0: the server does what it is asked for next, and its answer is lost. Resolves once it has cut.
   */
  cutAfterReplyBytes(bytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.#replyBudget = { left: bytes, spent: resolve };
    });
  }

  /** Replies that come from now on arrive `ms` later, in their order. */
  delay(ms: number): void {
    this.#delay = ms;
    for (const { replies } of this.#links) replies.delay = ms;
  }

  /** Stops listening: whoever connects is refused. Open connections stay (`cut` ends them). */
  refuse(): void {
    this.#server.close();
  }

  /** Listens again, on the same port. */
  async accept(): Promise<void> {
    if (this.#server.listening) return;
    this.#server = newServer();
    this.#serve(this.#server);
    await listen(this.#server, this.port);
  }

  /** What the clients asked for, in order of arrival, whether it was passed on or not. Bytes are read as UTF-8. */
  commands(): string[][] {
    return this.#commands.map((args) => args.map(String));
  }

  /** How often a command was asked for, in whatever case. */
  countOf(name: string): number {
    const wanted = name.toUpperCase();
    return this.#commands.filter(([command]) => String(command).toUpperCase() === wanted).length;
  }

  forgetCommands(): void {
    this.#commands = [];
  }

  async stop(): Promise<void> {
    this.refuse();
    this.cut();
  }

  #serve(server: Server): void {
    server.on('connection', (client) => this.#link(client));
  }

  #link(client: Socket): void {
    this.#connections++;
    const upstream = connect({ ...this.#target, allowHalfOpen: true });
    // What went wrong is told by 'close'.
    for (const socket of [client, upstream]) socket.setNoDelay(true).on('error', () => {});
    this.#record(client);
    const requests = new Direction(client, upstream, (chunk) => {
      this.#bytesToServer += chunk.length;
      return upstream.write(chunk);
    });
    const replies = new Direction(upstream, client, (chunk) => this.#reply(client, chunk));
    const link = { client, requests, replies };
    replies.delay = this.#delay;
    requests.stall(this.#stalled.requests);
    replies.stall(this.#stalled.replies);
    this.#links.add(link);
    // Not the other way round: what the server said before it closed may still be held back.
    client.on('close', () => {
      this.#links.delete(link);
      upstream.destroy();
    });
  }

  #reply(client: Socket, chunk: Buffer): boolean {
    const budget = this.#replyBudget;
    const passed = budget ? chunk.subarray(0, budget.left) : chunk;
    this.#bytesToClient += passed.length;
    if (budget) budget.left -= passed.length;
    if (!budget || passed.length === chunk.length) return client.write(passed);
    this.#replyBudget = undefined;
    // Not a reset, which would take from the client what it has not read yet.
    client.end(passed, () => {
      client.destroy();
      budget.spent();
    });
    return false;
  }

  #record(client: Socket): void {
    const splitter = requestSplitter();
    const record = (chunk: Buffer) => {
      try {
        this.#commands.push(...splitter.push(chunk));
      } catch {
        // Not Redis's protocol (TLS): passed on all the same.
        client.off('data', record);
      }
    };
    client.on('data', record);
  }

  #setStalled(direction: StallDirection, stalled: boolean): void {
    for (const one of ['requests', 'replies'] as const) {
      if (direction !== 'both' && direction !== one) continue;
      this.#stalled[one] = stalled;
      for (const link of this.#links) link[one].stall(stalled);
    }
  }
}

const newServer = () => createServer({ allowHalfOpen: true });

/** Starts a proxy in front of a port of 127.0.0.1, or of whatever has a port (a `RedisServer`). */
export async function startProxy(
  target: number | { readonly port: number; readonly host?: string },
): Promise<TcpProxy> {
  const { port, host = '127.0.0.1' } = typeof target === 'number' ? { port: target } : target;
  const server = newServer();
  return new TcpProxy({ host, port }, server, await listen(server));
}
