import type { Flight } from './flight.js';

/** The part of Node's `AsyncLocalStorage` that is used. */
interface Storage {
  run<Result>(store: Flight<unknown>, callback: () => Result): Result;
  getStore(): Flight<unknown> | undefined;
  disable(): void;
}

/**
 * Tells from which factory a call comes, so that a factory that waits for itself gets an error and not a deadlock.
 *
 * An `AsyncLocalStorage` doubles the cost of every await of a process on Node 20 while it is enabled (see
 * `bench/load-context.mjs`), so it is enabled only while factories run. It comes from the runtime without an import,
 * since the core imports no `node:` module; where there is none, only the synchronous part of a factory is known.
 */
export class LoadContext {
  readonly #storage = newStorage();
  #running = 0;
  #synchronous: Flight<unknown> | undefined;

  /** Runs a factory for a flight. */
  async run<T>(flight: Flight<unknown>, factory: () => T | Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await (this.#storage ? this.#storage.run(flight, factory) : this.#runSynchronous(flight, factory));
    } finally {
      if (--this.#running === 0) this.#storage?.disable();
    }
  }

  /** The flight whose factory is calling, if it is still under way. */
  current(): Flight<unknown> | undefined {
    if (this.#running === 0) return undefined;
    const flight = this.#storage ? this.#storage.getStore() : this.#synchronous;
    return flight?.settled ? undefined : flight;
  }

  #runSynchronous<Result>(flight: Flight<unknown>, factory: () => Result): Result {
    const outer = this.#synchronous;
    this.#synchronous = flight;
    try {
      return factory();
    } finally {
      this.#synchronous = outer;
    }
  }
}

function newStorage(): Storage | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): { AsyncLocalStorage?: new () => Storage } | undefined };
  };
  const { AsyncLocalStorage } = process?.getBuiltinModule?.('node:async_hooks') ?? {};
  return AsyncLocalStorage && new AsyncLocalStorage();
}
