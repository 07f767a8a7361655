import type { InvalidationSink, InvalidationSource } from '../../core/capabilities.js';
import { Listening } from './listening.js';
import type { Parts } from './parts.js';

/** The wrapped cache's invalidations: who listens while it is away hears `down()`, and is there again when it is. */
export class FailOpenInvalidations implements InvalidationSource {
  readonly #parts: Parts;
  readonly #all = new Set<Listening>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Straight through: it says nothing of the calls, and nobody waits for it. */
  get prove(): InvalidationSource['prove'] {
    const { invalidations } = this.#parts.wrapped;
    return invalidations?.prove && (() => invalidations.prove?.() ?? Promise.resolve());
  }

  async listen(sink: InvalidationSink): Promise<AsyncDisposable> {
    this.#parts.guard.checkOpen();
    const listening = new Listening(this.#parts, sink);
    this.#all.add(listening);
    const end = async () => {
      this.#all.delete(listening);
      await listening[Symbol.asyncDispose]();
    };
    try {
      await listening.start();
    } catch (error) {
      await end();
      throw error;
    }
    return { [Symbol.asyncDispose]: end };
  }

  /** Those that are not there yet will not be tried again. */
  close(): void {
    for (const listening of this.#all) if (!listening.isThere) listening.stop();
    this.#all.clear();
  }
}
