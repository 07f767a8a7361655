import { AsyncLocalStorage } from 'node:async_hooks';
import {
  BackendError,
  type BatchOperations,
  type Clock,
  type DistributedCache,
  type InvalidationSink,
  type InvalidationSource,
  type LeaseOperations,
  type PrefixOperations,
  type TimestampOperations,
} from 'distributed-cache';
import { beginsWith } from '../../../src/core/capabilities.js';
import { readTicks, ticksBytes, writeTicks } from '../../../src/core/ticks.js';
import type { SimServer } from './sim-server.js';

/** A command on its way: executed at the server, and then answered, each when the scheduler says so. */
export interface Command {
  readonly name: string;
  readonly key: string;
  /** Undefined once it was executed. */
  execute: (() => void) | undefined;
  /** Brings the answer. */
  answer(): void;
  /** Ends it for its caller without one; what is not executed yet may be executed later. */
  fail(): void;
  isOver: boolean;
  /** The number of its process. */
  readonly from: number;
  /** What its execution changed, as the history counts it. */
  readonly effects: Effect[];
}

/** One change. */
export interface Effect {
  readonly kind: 'keys' | 'tags';
  readonly name: string;
  readonly count: number;
  /** Whether a value went, and not only its time. */
  readonly isTaking: boolean;
}

/** Where the effects of an own operation's commands are noted. */
export const noted = new AsyncLocalStorage<Effect[]>();

/** What one process does, as the history is told of it. */
export interface Ghosts {
  /** A set of this process was executed. */
  wasSet(key: string, data: Uint8Array): void;
  wasRemoved(key: string): void;
  /** The value stays, and counts no more. */
  wasExpired(key: string): void;
  wasRaised(tagKey: string): void;
  wasCommitted(key: string, data: Uint8Array): void;
  /** The process is told that it has the lease. */
  wasGranted(key: string): void;
}

// A set that is executed later than this after it was sent does nothing: its caller may have given it up.
const deadlineMs = 1_000;

/** The distributed cache of one simulated process: all capabilities, each call a command on the network. */
export class SimCache implements DistributedCache {
  readonly name = 'sim';
  readonly commands: Command[] = [];
  /** Who listens, and whether the process's connection for it works. */
  sink: InvalidationSink | undefined;
  readonly proofs: { heard: boolean; resolve(): void; reject(error: unknown): void }[] = [];
  readonly batch: BatchOperations;
  readonly prefixes: PrefixOperations;
  readonly leases: LeaseOperations;
  readonly invalidations: InvalidationSource;
  readonly timestamps: TimestampOperations;
  readonly #server: SimServer;
  readonly #clock: Clock;
  #lastTime: bigint | undefined;
  #tokens = 0;

  constructor(
    readonly id: number,
    server: SimServer,
    clock: Clock,
    ghosts: Ghosts,
    onProof: (proof: SimCache['proofs'][number]) => void,
  ) {
    this.#server = server;
    this.#clock = clock;
    const set = (key: string, value: Uint8Array, lifetime: number, at: number) => {
      const sentAt = clock.now();
      return this.#send('setStamped', key, () => {
        const time = server.time();
        this.#lastTime = time;
        if (clock.now() > sentAt + deadlineMs) throw error('came too late');
        const data = new Uint8Array(value);
        writeTicks(data, at, time);
        ghosts.wasSet(key, data);
        server.put(key, data, lifetime);
        return time;
      });
    };
    this.batch = {
      getMany: (keys) => this.#send('getMany', keys[0] ?? '', () => keys.map((key) => server.get(key))),
      setMany: async () => {
        throw new Error('not used');
      },
      removeMany: (keys) =>
        this.#send('removeMany', keys[0] ?? '', () => {
          for (const key of keys) {
            ghosts.wasRemoved(key);
            server.remove(key);
          }
        }),
    };
    this.prefixes = {
      removeByPrefix: (prefix) =>
        this.#send('removeByPrefix', prefix, () => {
          const keys = server.keys().filter((key) => key.startsWith(prefix));
          for (const key of keys) {
            ghosts.wasRemoved(key);
            server.remove(key);
          }
          return keys.length;
        }),
      keys: () => {
        throw new Error('not used');
      },
    };
    this.leases = {
      getOrLease: (key, options) => {
        const token = `${id}-${++this.#tokens}`;
        return this.#send('getOrLease', key, () => {
          const reply = server.acquire(key, token, options.duration as number, options.replace, options.mine);
          if (reply.kind === 'lease') this.#lastTime = reply.grantedAt;
          return reply;
        }).then((reply) => {
          if (reply.kind === 'lease') ghosts.wasGranted(key);
          return reply;
        });
      },
      commit: (key, token, value, options) =>
        this.#send('commit', key, () => {
          if (!server.stands(key, token)) return false;
          ghosts.wasCommitted(key, value);
          return server.commit(key, token, value, options?.relativeExpiration as number);
        }),
      release: (key, token) => this.#send('release', key, () => server.release(key, token)),
      replace: (key, replaced, value, options) =>
        this.#send('replace', key, () => {
          const stored = server.get(key);
          if (stored === undefined || !beginsWith(stored, replaced)) return false;
          ghosts.wasExpired(key);
          server.put(key, value, options?.relativeExpiration as number);
          return true;
        }),
    };
    this.timestamps = {
      now: () => this.#lastTime,
      setStamped: (key, value, at, options) => set(key, value, options?.relativeExpiration as number, at as number),
      raise: (key) =>
        this.#send('raise', key, () => {
          const own = server.time();
          const stored = readTicks(server.get(key)) ?? 0n;
          const time = stored > own ? stored : own;
          this.#lastTime = own;
          ghosts.wasRaised(key);
          server.put(key, ticksBytes(time), 1e12);
          return time;
        }),
      read: (keys) => this.#send('readTimes', keys[0] ?? '', () => keys.map((key) => readTicks(server.get(key)))),
    };
    this.invalidations = {
      listen: async (sink) => {
        this.sink = sink;
        return {
          [Symbol.asyncDispose]: async () => {
            this.sink = undefined;
          },
        };
      },
      prove: () =>
        new Promise<void>((resolve, reject) => {
          const proof = { heard: false, resolve, reject };
          this.proofs.push(proof);
          onProof(proof);
        }),
    };
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#send('get', key, () => this.#server.get(key));
  }

  async set(): Promise<void> {
    throw new Error('not used');
  }

  async refresh(): Promise<void> {}

  remove(key: string): Promise<void> {
    return this.batch.removeMany([key]);
  }

  /** The time of the process's clock, for those who ask when something happened. */
  now(): number {
    return this.#clock.now();
  }

  #send<Result>(name: string, key: string, run: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      let result: Result;
      let failure: unknown;
      const over = () => {
        command.isOver = true;
      };
      const command: Command = {
        name,
        key,
        isOver: false,
        effects: noted.getStore() ?? [],
        from: this.id,
        execute: () => {
          command.execute = undefined;
          try {
            result = run();
          } catch (thrown) {
            failure = thrown;
          }
        },
        answer: () => {
          over();
          if (failure === undefined) resolve(result);
          else reject(failure);
        },
        fail: () => {
          over();
          reject(error('not answered'));
        },
      };
      this.commands.push(command);
    });
  }
}

const error = (what: string) => new BackendError('ERR_TIMEOUT', what);
