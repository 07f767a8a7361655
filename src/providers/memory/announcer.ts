import type { InvalidationSink, InvalidationSource } from '../../core/capabilities.js';
import { reportCallbackError } from '../../core/report.js';

/**
 * The memory cache's invalidation source: tells every listener of each change, in the same turn. A listener that
 * throws stops neither the change nor the other listeners.
 */
export class Announcer implements InvalidationSource {
  readonly #sinks = new Set<InvalidationSink>();
  readonly #checkOpen: () => void;

  constructor(checkOpen: () => void) {
    this.#checkOpen = checkOpen;
  }

  async listen(sink: InvalidationSink): Promise<AsyncDisposable> {
    this.#checkOpen();
    // A wrapper of its own: the same sink may listen twice, and each ends alone.
    const entry: InvalidationSink = {
      keys: (keys) => sink.keys(keys),
      all: () => sink.all(),
      up: () => sink.up(),
      down: () => sink.down(),
    };
    this.#sinks.add(entry);
    tell(entry, (each) => each.up());
    return { [Symbol.asyncDispose]: async () => void this.#sinks.delete(entry) };
  }

  changed(key: string): void {
    if (this.#sinks.size > 0) this.#tell((sink) => sink.keys([key]));
  }

  all(): void {
    this.#tell((sink) => sink.all());
  }

  /** Tells the listeners that nothing more will come, and forgets them. */
  end(): void {
    this.#tell((sink) => sink.down());
    this.#sinks.clear();
  }

  #tell(message: (sink: InvalidationSink) => void): void {
    for (const sink of [...this.#sinks]) tell(sink, message);
  }
}

function tell(sink: InvalidationSink, message: (sink: InvalidationSink) => void): void {
  try {
    message(sink);
  } catch (error) {
    reportCallbackError('an invalidation sink', error);
  }
}
