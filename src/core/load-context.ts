/** The part of Node's `AsyncLocalStorage` that is used. */
interface Storage<Load> {
  run<Result>(store: Load, callback: () => Result): Result;
  getStore(): Load | undefined;
  disable(): void;
}

/**
 * Tells from which factory a call comes, so that a factory that waits for itself gets an error and not a deadlock.
 *
 * An `AsyncLocalStorage` doubles the cost of every await of a process on Node 20 while it is enabled (see
 * `bench/load-context.mjs`), so it is enabled only while factories run. It comes from the runtime without an import,
 * since the core imports no `node:` module; where there is none, only the synchronous part of a factory is known.
 */
export class LoadContext<Load extends { readonly settled: boolean }> {
  readonly #storage = newStorage<Load>();
  #running = 0;
  #synchronous: Load | undefined;

  /** Runs the factory of a load. Each run is ended by {@link end}. */
  run<Result>(load: Load, factory: () => Result): Result {
    this.#running++;
    return this.#storage ? this.#storage.run(load, factory) : this.#runSynchronous(load, factory);
  }

  /** A load is over, also one whose factory never ends. */
  end(): void {
    if (--this.#running === 0) this.#storage?.disable();
  }

  /** The load whose factory is calling, if it is still under way. */
  current(): Load | undefined {
    if (this.#running === 0) return undefined;
    const load = this.#storage ? this.#storage.getStore() : this.#synchronous;
    return load?.settled ? undefined : load;
  }

  #runSynchronous<Result>(load: Load, factory: () => Result): Result {
    const outer = this.#synchronous;
    this.#synchronous = load;
    try {
      return factory();
    } finally {
      this.#synchronous = outer;
    }
  }
}

function newStorage<Load>(): Storage<Load> | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): { AsyncLocalStorage?: new () => Storage<Load> } | undefined };
  };
  const { AsyncLocalStorage } = process?.getBuiltinModule?.('node:async_hooks') ?? {};
  return AsyncLocalStorage && new AsyncLocalStorage();
}
