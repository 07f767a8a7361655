import type { Capability, DistributedCache } from 'distributed-cache';

/** What a cache under test may promise beside the four methods. */
export type ContractCapability = Capability | 'lifecycle';

/** A clock that the suite may move: a `FakeClock` is one. */
export interface ContractClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Moves the time of the cache under test. */
  advance(ms: number): void | Promise<void>;
}

/** The two functions of a test runner that the suite needs: those of vitest, jest, mocha, `node:test` fit. */
export interface ContractRunner {
  /** Groups cases under a name. */
  describe(name: string, body: () => void): unknown;
  /** Registers one case. */
  it(name: string, body: () => Promise<void>): unknown;
}

/** Options of `describeDistributedCache`. */
export interface ContractOptions {
  /** Gives a fresh cache without entries, for each case anew. */
  readonly create: () => DistributedCache | Promise<DistributedCache>;
  /**
   * What moves the time of the caches that `create` gives. Without it the cases wait in real time, a few hundred
   * milliseconds each, and those that are exact to the millisecond are left out.
   *
   * @default real time
   */
  readonly clock?: ContractClock | undefined;
  /**
   * How long a unit of time is in the cases that wait in real time, in ms: they wait a few units each, and allow one of
   * them for the backend and a busy machine.
   *
   * @default 150
   */
  readonly unit?: number | undefined;
  /**
   * What the cache promises beside the four methods. The cases of each are run, and one case fails if the cache has
   * others, or lacks one.
   *
   * @default []
   */
  readonly capabilities?: readonly ContractCapability[] | undefined;
  /**
   * What registers the cases.
   *
   * @default globalThis.describe and globalThis.it
   */
  readonly runner?: ContractRunner | undefined;
  /**
   * `false` for a cache that holds nothing, on purpose: only what applies to it is run.
   *
   * @default true
   */
  readonly retains?: boolean | undefined;
}
