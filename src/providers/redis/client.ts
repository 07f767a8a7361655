import { ErrorCode, typeError } from '../../core/errors.js';

/** What a value of a command may be. */
export type RedisArgument = string | number | Uint8Array;

/**
 * What a client is known by: `Redis` and `Cluster` of ioredis 5 and 6 and of iovalkey fit, and the one of ioredis-mock.
 * More of their commands are used than are named here.
 */
export interface RedisClient {
  /** `'ready'` when commands are sent at once; a client without it always is. */
  readonly status?: string | undefined;
  /** Listens to `'ready'`, `'close'` and others. */
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  /** Takes a listener away. */
  removeListener(event: string, listener: (...args: unknown[]) => void): unknown;
  /** Connects, where the client was made to wait with it. */
  connect(): Promise<unknown>;
  /** Ends the connection. */
  disconnect(reconnect?: boolean): void;
  /** `HMGET`, its reply as bytes. */
  hmgetBuffer(key: string, ...fields: string[]): Promise<(Uint8Array | null)[]>;
  /** `EVALSHA`. */
  evalsha(sha: string, keyCount: number, ...args: RedisArgument[]): Promise<unknown>;
  /** `UNLINK`. */
  unlink(...keys: string[]): Promise<number>;
}

/** A client with all of the commands that are used: what every {@link RedisClient} is. */
export interface RedisCommands extends RedisClient {
  /** Whether keys live on several nodes, by their slots. */
  readonly isCluster?: boolean | undefined;
  readonly options?:
    | { readonly keyPrefix?: string | undefined; readonly autoResendUnfulfilledCommands?: boolean | undefined }
    | undefined;
  evalBuffer(script: string, keyCount: number, ...args: RedisArgument[]): Promise<unknown>;
  evalshaBuffer(sha: string, keyCount: number, ...args: RedisArgument[]): Promise<unknown>;
  hexists(key: string, field: string): Promise<number>;
  set(key: string, value: string, unit: 'PX', ms: number): Promise<unknown>;
  pexpire(key: string, ms: number): Promise<number>;
  scanBuffer(cursor: string, ...args: RedisArgument[]): Promise<[cursor: Uint8Array, keys: Uint8Array[]]>;
  publish(channel: string, message: string): Promise<number>;
  client(subcommand: string, ...args: RedisArgument[]): Promise<unknown>;
  info(section: string): Promise<string>;
  multi(): RedisTransaction;
  /** A second connection of the same kind; a client of one server has it. */
  duplicate(options?: Record<string, unknown>): RedisSubscriber;
  /** The clients of the nodes; a client of several has it. */
  nodes(role: 'master'): RedisCommands[];
}

/** The commands of a `MULTI` that are used. */
export interface RedisTransaction {
  unlink(...keys: string[]): RedisTransaction;
  hset(key: string, ...fieldsAndValues: RedisArgument[]): RedisTransaction;
  pexpire(key: string, ms: number): RedisTransaction;
  exec(): Promise<[error: Error | null, result: unknown][] | null>;
}

/** A connection for listening. */
export interface RedisSubscriber {
  readonly status?: string | undefined;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  client(subcommand: string, ...args: RedisArgument[]): Promise<unknown>;
  subscribe(...channels: string[]): Promise<unknown>;
  connect(): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
}

/** Whether a value is a client, and not the options of one. */
export function isClient(value: unknown): value is RedisCommands {
  return typeof value === 'object' && value !== null && typeof (value as RedisClient).hmgetBuffer === 'function';
}

const commands = [
  'evalshaBuffer',
  'evalBuffer',
  'unlink',
  'hexists',
  'pexpire',
  'scanBuffer',
  'publish',
  'multi',
] as const;

/** @throws TypeError `ERR_INVALID_OPTION` for a client that lacks a command. */
export function checkClient(client: RedisCommands): void {
  const missing = commands.filter((command) => typeof client[command] !== 'function');
  if (missing.length === 0) return;
  throw typeError(
    ErrorCode.invalidOption,
    'connection',
    'a client of ioredis or iovalkey',
    `one without ${missing.join(', ')}`,
  );
}
