import { capabilityOf } from '../../core/assert-capability.js';
import type { InvalidationSink } from '../../core/capabilities.js';
import { CacheClosedError } from '../../core/errors.js';
import { reportCallbackError } from '../../core/report.js';
import type { Parts } from './parts.js';
import { Retry } from './retry.js';

/** One listener at the wrapped cache: where it can't be, it hears `down()`, and it is tried again until it is there. */
export class Listening implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #sink: InvalidationSink;
  readonly #retry: Retry;
  /** The try that succeeded, and what ends it. */
  #there: { readonly attempt: object; readonly handle: AsyncDisposable } | undefined;
  #isEnded = false;
  #wasToldDown = false;

  constructor(parts: Parts, sink: InvalidationSink) {
    this.#parts = parts;
    this.#sink = sink;
    this.#retry = new Retry(parts.settings.clock, {
      isWanted: () => this.#there === undefined && !this.#isEnded,
      delay: () => parts.settings.probeIntervalMs,
      run: () => this.#listenAgain(),
    });
  }

  /** Resolves once it listens, or by the deadline. Rejects with what is the caller's to see. */
  async start(): Promise<void> {
    await this.#listen();
    this.#retry.arm();
  }

  /** Whether the wrapped cache tells it of changes. */
  get isThere(): boolean {
    return this.#there !== undefined;
  }

  /** No further try, and nothing is told any more. */
  stop(): void {
    this.#isEnded = true;
    this.#retry.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    if (this.#there !== undefined) await this.#dispose(this.#there.handle);
  }

  async #listen(): Promise<void> {
    const attempt = {};
    const { inner, guard } = this.#parts;
    const handle = await guard.run<AsyncDisposable | undefined>({
      operation: 'listen',
      keys: '',
      // What is listened to may be another connection than what is asked.
      pass: 'uncounted',
      send: async () => {
        return capabilityOf(inner, 'invalidations').listen(this.#sinkOf(attempt));
      },
      failed: () => undefined,
      late: (late) => void (late && this.#adopt(attempt, late)),
    });
    if (handle !== undefined) await this.#adopt(attempt, handle);
    else if (!this.#wasToldDown) this.#tellDown();
  }

  async #listenAgain(): Promise<boolean> {
    try {
      await this.#listen();
    } catch (error) {
      if (error instanceof CacheClosedError) this.#isEnded = true;
      else this.#tellFailed(error);
    }
    return this.#there !== undefined;
  }

  async #adopt(attempt: object, handle: AsyncDisposable): Promise<void> {
    if (this.#isEnded || this.#there !== undefined) return this.#dispose(handle);
    this.#there = { attempt, handle };
  }

  async #dispose(handle: AsyncDisposable): Promise<void> {
    const send = () => Promise.resolve(handle[Symbol.asyncDispose]());
    try {
      await this.#parts.guard.run<void>({ operation: 'listen', keys: '', pass: 'uncounted', send, failed: () => {} });
    } catch {
      // The cache was closed, and what listened to it has ended.
    }
  }

  /** What one try hears: nothing after the end, and of its state only while no other try is there. */
  #sinkOf(attempt: object): InvalidationSink {
    const isCurrent = () => !this.#isEnded && (this.#there === undefined || this.#there.attempt === attempt);
    return {
      keys: (keys) => {
        if (!this.#isEnded) this.#sink.keys(keys);
      },
      all: () => {
        if (!this.#isEnded) this.#sink.all();
      },
      up: () => {
        if (isCurrent()) this.#sink.up();
      },
      down: () => {
        if (isCurrent()) this.#sink.down();
      },
    };
  }

  #tellDown(): void {
    this.#wasToldDown = true;
    try {
      this.#sink.down();
    } catch (error) {
      reportCallbackError('an invalidation sink', error);
    }
  }

  #tellFailed(error: unknown): void {
    const { name, emit } = this.#parts;
    emit?.({ type: 'backendFailed', cache: name, key: '', operation: 'listen', error });
  }
}
