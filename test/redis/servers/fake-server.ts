import { createServer, type Server, type Socket } from 'node:net';
import { defaultInfo, emptyServerAnswer, handshakeAnswer } from './fake-answers.js';
import { listen } from './ports.js';
import { RawClient } from './raw-client.js';
import { encodeReply, type Reply, ReplyError, requestSplitter } from './resp.js';

export type FakeBehaviour =
  /** The right answer. */
  | { readonly kind: 'answer' }
  /** The right answer, `ms` late. @default 5000 */
  | { readonly kind: 'late'; readonly ms?: number }
  /** An error line for every command, without the leading `-`: see `errorLines`. */
  | { readonly kind: 'error'; readonly line: string }
  /** Bytes that are no reply. */
  | { readonly kind: 'garbage'; readonly bytes?: Buffer }
  /** Nothing, ever. A connection that had a command unanswered stays mute under any later behaviour. */
  | { readonly kind: 'silent' }
  /** Closes the connection. */
  | { readonly kind: 'close' };

/** What Redis says in these states. */
export const errorLines = {
  loading: 'LOADING Redis is loading the dataset in memory',
  readonly: "READONLY You can't write against a read only replica.",
  oom: "OOM command not allowed when used memory > 'maxmemory'.",
  noauth: 'NOAUTH Authentication required.',
  wrongpass: 'WRONGPASS invalid username-password pair or user is disabled.',
  noperm: "NOPERM this user has no permissions to run the 'evalsha' command",
  masterdown: "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  noscript: 'NOSCRIPT No matching script. Please use EVAL.',
} as const;

export interface FakeServerOptions {
  /**
   * Whether HELLO, AUTH, CLIENT, INFO, SELECT and READONLY are answered properly, so that a client gets ready and the
   * behaviour meets only what comes after. Without it `close` closes a connection as it comes. @default true
   */
  readonly handshake?: boolean;
  /** The port of a real server, which is asked for the right answers. Else they are those of a server without keys. */
  readonly target?: number | { readonly port: number };
  /** The answer to INFO. */
  readonly info?: string;
}

interface Connection {
  readonly id: number;
  readonly socket: Socket;
  protocol: 2 | 3;
  upstream?: Promise<RawClient>;
  /** Answers leave in the order of their commands. */
  last: Promise<void>;
}

const never = new Promise<never>(() => {});

/** A server that does as it is told; not Redis. */
export class FakeServer {
  readonly port: number;
  readonly #server: Server;
  readonly #options: FakeServerOptions;
  readonly #connections = new Set<Connection>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #behaviour: FakeBehaviour;
  #accepted = 0;
  #commands: Buffer[][] = [];

  /** @internal */
  constructor(server: Server, port: number, behaviour: FakeBehaviour, options: FakeServerOptions) {
    this.#server = server;
    this.port = port;
    this.#behaviour = behaviour;
    this.#options = options;
    server.on('connection', (socket) => this.#serve(socket));
  }

  /** `redis://127.0.0.1:PORT`. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Connections that were ever accepted. */
  get connections(): number {
    return this.#accepted;
  }

  /** Behaves differently from the next command on. */
  behave(behaviour: FakeBehaviour): void {
    this.#behaviour = behaviour;
  }

  /** What clients asked for, the handshake included. */
  commands(): string[][] {
    return this.#commands.map((args) => args.map(String));
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { socket } of this.#connections) socket.destroy();
  }

  #serve(socket: Socket): void {
    const connection: Connection = { id: ++this.#accepted, socket, protocol: 2, last: Promise.resolve() };
    this.#connections.add(connection);
    socket.setNoDelay(true).on('error', () => {});
    socket.on('close', () => {
      this.#connections.delete(connection);
      connection.upstream?.then(
        (client) => client.close(),
        () => {},
      );
    });
    if (this.#options.handshake === false && this.#behaviour.kind === 'close') return void socket.destroy();
    const splitter = requestSplitter();
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const command of splitter.push(chunk)) this.#take(connection, command);
      } catch {
        socket.destroy();
      }
    });
  }

  #take(connection: Connection, command: Buffer[]): void {
    this.#commands.push(command);
    // Where the target can't be reached there is no right answer.
    const answer = this.#answer(connection, command).catch(() => 'close' as const);
    connection.last = connection.last.then(async () => {
      const bytes = await answer;
      if (bytes === 'close') connection.socket.destroy();
      else if (!connection.socket.destroyed) connection.socket.write(bytes);
    });
  }

  async #answer(connection: Connection, command: Buffer[]): Promise<Buffer | 'close'> {
    const { handshake = true, info = defaultInfo } = this.#options;
    const behaviour = this.#behaviour;
    const polite = handshake || behaviour.kind === 'answer' || behaviour.kind === 'late';
    const greeting = polite ? handshakeAnswer(command, connection, info) : undefined;
    if (greeting && (handshake || behaviour.kind === 'answer')) return greeting;
    switch (behaviour.kind) {
      case 'answer':
        return this.#rightAnswer(connection, command);
      case 'late': {
        // Asked at once: the server has done it when the answer comes late.
        const wait = this.#wait(behaviour.ms ?? 5000);
        const answer = greeting ?? (await this.#rightAnswer(connection, command));
        await wait;
        return answer;
      }
      case 'error':
        return encodeReply(new ReplyError(behaviour.line));
      case 'garbage':
        return behaviour.bytes ?? Buffer.from('\x16\x03\x01 this is not Redis \xff\r\n', 'latin1');
      case 'close':
        return 'close';
      case 'silent':
        return never;
    }
  }

  async #rightAnswer(connection: Connection, command: Buffer[]): Promise<Buffer> {
    const name = String(command[0]).toUpperCase();
    if (/^S?SUBSCRIBE$/.test(name)) return subscribed(command, connection.protocol);
    const { target } = this.#options;
    if (target === undefined) return encodeReply(emptyServerAnswer(command));
    connection.upstream ??= RawClient.connect(typeof target === 'number' ? target : target.port);
    const client = await connection.upstream;
    const reply = await client.command(...command).catch((error: Error): Reply => error);
    return encodeReply(reply);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.add(timer);
    });
  }
}

function subscribed([name, ...channels]: readonly Buffer[], protocol: 2 | 3): Buffer {
  return Buffer.concat(
    channels.map((channel, i) => {
      const reply = encodeReply([Buffer.from(String(name).toLowerCase()), channel, i + 1]);
      // A push has another first byte, and is an array otherwise.
      if (protocol === 3) reply[0] = '>'.charCodeAt(0);
      return reply;
    }),
  );
}

/** Starts a fake server on a free port of 127.0.0.1. */
export async function startFakeServer(behaviour: FakeBehaviour, options: FakeServerOptions = {}): Promise<FakeServer> {
  const server = createServer();
  return new FakeServer(server, await listen(server), behaviour, options);
}
