import { checkKey } from '../../core/arguments.js';
import { atMost } from '../../core/at-most.js';
import type { DistributedCache, Lifecycle } from '../../core/cache.js';
import type {
  BatchOperations,
  InvalidationSource,
  LeaseOperations,
  PrefixOperations,
  TimestampOperations,
} from '../../core/capabilities.js';
import { type Clock, systemClock } from '../../core/clock.js';
import { Deadlines } from '../../core/deadlines.js';
import { type Door, doorKey } from '../../core/door.js';
import { type Duration, parseTimerDelay } from '../../core/duration.js';
import { type EventOptions, safely } from '../../core/events.js';
import type { EntryOptions } from '../../core/lifetime.js';
import { checkClock, checkOptions, checkPositiveInteger } from '../../core/options.js';
import type { CallOptions } from '../../core/signal.js';
import type { RedisClient } from './client.js';
import type { ConnectionInput } from './connection/plan.js';
import { Channel } from './invalidations/channel.js';
import { Publisher } from './invalidations/publisher.js';
import { Lane } from './lane/lane.js';
import { PlainCommands } from './lane/plain-commands.js';
import { Reader } from './lane/reader.js';
import { Writer } from './lane/writer.js';
import { Link } from './link.js';
import { RedisOperations } from './operations.js';
import type { RedisParts } from './parts.js';
import { sourceOf } from './source.js';

/** Options of {@link RedisCache}; only `connection` is needed. */
export interface RedisCacheOptions extends EventOptions {
  /**
   * Where Redis is: a client of ioredis or iovalkey (`Redis` or `Cluster`; it is never closed), a `redis://` or `rediss://`
   * URL, a connection string of StackExchange.Redis (`'host:6380,password=...,ssl=True'`), or options of ioredis. What is not a
   * client is opened on first need, which needs the package `ioredis`, and is closed by `close()`.
   */
  readonly connection: RedisClient | ConnectionInput;
  /**
   * Put before every key, with nothing between. .NET's `InstanceName`.
   *
   * @default ''
   */
  readonly instanceName?: string | undefined;
  /**
   * How long `ready()` waits, and how long a connection that is opened here may take.
   *
   * @default that of the connection string, else '5s'
   */
  readonly connectTimeout?: Duration | undefined;
  /**
   * How long a call may take, waiting for a connection included; then it rejects with a `BackendError` `ERR_TIMEOUT`. It may
   * be given up an eighth of this earlier; a set is not carried out any more after about three quarters of it, so that
   * none comes after its caller was told that it failed.
   *
   * @default that of the connection string (asyncTimeout, syncTimeout), else '5s'
   */
  readonly commandTimeout?: Duration | undefined;
  /**
   * How many calls may wait for Redis; more reject at once with a `BackendError` `ERR_BACKEND_BUSY`, and so do sets whose
   * values take more than 64 MiB while there is no connection.
   *
   * @default 100000
   */
  readonly maxPending?: number | undefined;
  /**
   * What absolute expirations are validated by, and what timers come from. How long an entry lives is counted by the server.
   *
   * @default systemClock
   */
  readonly clock?: Clock | undefined;
}

/**
 * A {@link DistributedCache} in Redis or Valkey, whose entries are those of ASP.NET Core
 * (`Microsoft.Extensions.Caching.StackExchangeRedis`): both read, slide, replace and remove each other's.
 *
 * It has every capability; `leases` and `invalidations` across all processes that share the server. What is asked for in one
 * tick of the event loop goes to the server together. A server that is down throws nothing at the start: calls wait for a
 * connection until their deadline, and later ones work once it is up.
 *
 * @throws TypeError or RangeError `ERR_INVALID_OPTION` from the constructor.
 * @example
 * await using cache = new RedisCache({ connection: 'redis://localhost:6379', instanceName: 'shop:' });
 * await setJson(cache, 'user:1', { name: 'Ada' }, { slidingExpiration: '10m' });
 */
export class RedisCache implements DistributedCache, Lifecycle {
  readonly name = 'redis';
  readonly lifecycle: Lifecycle = this;
  readonly batch: BatchOperations;
  readonly prefixes: PrefixOperations;
  readonly invalidations: InvalidationSource;
  /** @internal */
  readonly [doorKey]: Door;
  readonly #operations: RedisOperations;
  readonly #parts: RedisParts;
  readonly #channel: Channel;
  readonly #connectTimeoutMs: number;
  #closing: Promise<void> | undefined;

  constructor(options: RedisCacheOptions) {
    checkOptions(options);
    const { connection, instanceName = '', clock = systemClock, maxPending = 100_000, onEvent } = options;
    checkKey(instanceName, 'instanceName');
    const { connectTimeout } = options;
    const connectTimeoutMs =
      connectTimeout === undefined ? undefined : parseTimerDelay(connectTimeout, 'connectTimeout');
    const source = sourceOf(connection, checkClock(clock), connectTimeoutMs);
    const emit = safely(onEvent);
    const { name } = this;
    this.#connectTimeoutMs = source.connectTimeoutMs;
    const commandTimeoutMs = parseTimerDelay(
      options.commandTimeout ?? source.commandTimeoutMs ?? 5_000,
      'commandTimeout',
    );
    const link = new Link({ name, source, emit, probeKey: `${instanceName}__distributed-cache:probe__` });
    const publisher = new Publisher({ name, instanceName, link, emit });
    const callerKey = (key: string) => key.slice(instanceName.length);
    const deadlines = new Deadlines(clock, commandTimeoutMs);
    const lane: Lane = new Lane({
      name,
      link,
      maxPending: checkPositiveInteger(maxPending, 'maxPending'),
      // A tick may be given up an eighth before its deadline.
      silenceMs: (commandTimeoutMs * 7) / 8,
      reader: new Reader({ name, link, emit, callerKey, touch: (key) => this.#touch(key, deadlines) }),
      writer: new Writer({ name, link, emit, callerKey, plain: new PlainCommands(link, clock), publisher }),
    });
    const checkOpen = () => lane.checkOpen();
    this.#channel = new Channel({ name, instanceName, link, emit, checkOpen, clock, timeoutMs: commandTimeoutMs });
    this.#parts = { name, instanceName, clock, emit, link, lane, publisher };
    const within = new Map<number, RedisOperations>();
    const door: Omit<Door, 'read'> = {
      root: this,
      clock,
      fullKey: (key) => key,
      emit,
      state: () => link.state,
      within: (ms) => {
        const known = within.get(ms);
        if (known !== undefined) return known;
        const view = new RedisOperations(
          { ...this.#parts, deadlines: new Deadlines(clock, ms) },
          this.#channel,
          door,
          this,
        );
        within.set(ms, view);
        return view;
      },
    };
    this.#operations = new RedisOperations({ ...this.#parts, deadlines }, this.#channel, door, this);
    this.batch = this.#operations.batch;
    this.prefixes = this.#operations.prefixes;
    this.invalidations = this.#channel;
    this[doorKey] = this.#operations[doorKey];
  }

  /** Undefined once the server has said that it runs no scripts. */
  get leases(): LeaseOperations | undefined {
    return this.#operations.leases;
  }

  /** Undefined likewise. */
  get timestamps(): TimestampOperations | undefined {
    return this.#operations.timestamps;
  }

  get(key: string, options?: CallOptions): Promise<Uint8Array | undefined> {
    return this.#operations.get(key, options);
  }

  set(key: string, value: Uint8Array, options?: EntryOptions & CallOptions): Promise<void> {
    return this.#operations.set(key, value, options);
  }

  refresh(key: string, options?: CallOptions): Promise<void> {
    return this.#operations.refresh(key, options);
  }

  remove(key: string, options?: CallOptions): Promise<void> {
    return this.#operations.remove(key, options);
  }

  /** Resolves once connected (and listening, if somebody listens), or after `connectTimeout`; never rejects. Opens the connection. */
  async ready(): Promise<void> {
    const { link, clock } = this.#parts;
    if (this.#closing !== undefined) return;
    link.ensure();
    const both = link.opened().then(() => this.#channel.ready());
    await atMost(clock, this.#connectTimeoutMs, both);
  }

  /**
   * Waits for what was sent, at most until its deadline; ends what waits for a connection; and closes the connections that
   * were opened here, never a client that was handed in. Every later operation rejects with `CacheClosedError`.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { lane, link } = this.#parts;
    await lane.close();
    this.#channel.close();
    link.close();
  }

  /** Restarts the window of an entry that was read by a plain command. Nobody waits for it, so a failure is told. */
  #touch(key: string, deadlines: Deadlines): void {
    const { lane, emit, name, instanceName } = this.#parts;
    lane.write('touch', key, deadlines).catch((error: unknown) => {
      emit?.({ type: 'backendFailed', cache: name, key: key.slice(instanceName.length), operation: 'touch', error });
    });
  }
}
