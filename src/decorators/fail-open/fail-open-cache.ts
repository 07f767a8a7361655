import { checkKey, checkValue } from '../../core/arguments.js';
import type { Lifecycle } from '../../core/cache.js';
import type {
  BatchOperations,
  InvalidationSource,
  LeaseOperations,
  PrefixOperations,
  TimestampOperations,
} from '../../core/capabilities.js';
import { type Door, doorKey, doorOf } from '../../core/door.js';
import { type EntryOptions, resolveLifetime } from '../../core/lifetime.js';
import type { CallOptions } from '../../core/signal.js';
import type { DecoratedCache } from '../decorate.js';
import { failOpenBatch } from './fail-open-batch.js';
import { FailOpenInvalidations } from './fail-open-invalidations.js';
import { failOpenLeases } from './fail-open-leases.js';
import { failOpenPrefixes } from './fail-open-prefixes.js';
import { failOpenTimestamps } from './fail-open-timestamps.js';
import { admitRead, type Parts, tellRead } from './parts.js';
import { rememberedWrite } from './remembered-write.js';

type Read = (key: string, options?: CallOptions) => Promise<Uint8Array | undefined>;

const missed: Promise<undefined> = Promise.resolve(undefined);
const nothing = () => undefined;

/** The four methods, the door and the end of a cache that fails open. */
export class FailOpenCache implements DecoratedCache {
  readonly #parts: Parts;
  readonly #batch: BatchOperations;
  readonly #prefixes: PrefixOperations;
  readonly #leases: LeaseOperations;
  readonly #invalidations: FailOpenInvalidations;
  readonly #timestamps: TimestampOperations;
  readonly #get: Read;
  readonly lifecycle: Lifecycle;
  /** @internal */
  readonly [doorKey]: Door;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { inner, wrapped, settings, emit } = parts;
    this.#batch = failOpenBatch(parts);
    this.#prefixes = failOpenPrefixes(parts);
    this.#leases = failOpenLeases(parts);
    this.#invalidations = new FailOpenInvalidations(parts);
    this.#timestamps = failOpenTimestamps(parts);
    this.#get = (key, options) => inner.get(key, options);
    const door = doorOf(wrapped);
    const borrow = doorOf(inner).read;
    this[doorKey] = {
      root: door.root,
      clock: settings.clock,
      fullKey: door.fullKey,
      read: (key, options) => this.#read(key, options, borrow),
      emit,
      state: door.state,
    };
    this.lifecycle = {
      ready: async () => wrapped.lifecycle?.ready(),
      close: () => this.close(),
      [Symbol.asyncDispose]: () => this.close(),
    };
  }

  get name(): string {
    return this.#parts.name;
  }

  // A capability is asked for at each use, not once: a backend may find out only when it is connected what it can do.
  get batch(): BatchOperations | undefined {
    return this.#parts.inner.batch && this.#batch;
  }

  get prefixes(): PrefixOperations | undefined {
    return this.#parts.inner.prefixes && this.#prefixes;
  }

  get leases(): LeaseOperations | undefined {
    return this.#parts.inner.leases && this.#leases;
  }

  get invalidations(): InvalidationSource | undefined {
    return this.#parts.inner.invalidations && this.#invalidations;
  }

  get timestamps(): TimestampOperations | undefined {
    return this.#parts.inner.timestamps && this.#timestamps;
  }

  get(key: string, options?: CallOptions): Promise<Uint8Array | undefined> {
    return this.#read(key, options, this.#get);
  }

  // Not an async function: on a hit, each promise counts.
  #read(key: string, options: CallOptions | undefined, read: Read): Promise<Uint8Array | undefined> {
    const { guard, removals, own } = this.#parts;
    const signal = options?.signal;
    try {
      let pass = guard.pass();
      if (pass === undefined || !removals.isEmpty) {
        checkKey(key);
        pass = admitRead(this.#parts, 'get', key, signal);
        if (pass === 'skip') {
          if (own) tellRead(this.#parts, key, undefined);
          return missed;
        }
      }
      const send = () => read(key, options);
      if (!own)
        return guard.run<Uint8Array | undefined>({ operation: 'get', keys: key, pass, signal, send, failed: nothing });
      const done = (value: Uint8Array | undefined) => tellRead(this.#parts, key, value);
      const failed = () => done(undefined) as undefined;
      return guard.run<Uint8Array | undefined>({ operation: 'get', keys: key, pass, signal, send, done, failed });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async set(key: string, value: Uint8Array, options?: EntryOptions & CallOptions): Promise<void> {
    const { inner, settings, own, name } = this.#parts;
    const bytes = value?.byteLength;
    await rememberedWrite<void>(this.#parts, {
      operation: 'set',
      key,
      reason: 'set',
      signal: options?.signal,
      check() {
        checkKey(key);
        checkValue(value);
        resolveLifetime(options, settings.clock.now());
      },
      send: () => inner.set(key, value, options),
      done: () => own?.({ type: 'set', cache: name, key, bytes }),
      otherwise: undefined,
    });
  }

  async refresh(key: string, options?: CallOptions): Promise<void> {
    const { inner, guard, removals } = this.#parts;
    const signal = options?.signal;
    let pass = guard.pass();
    if (pass === undefined || !removals.isEmpty) {
      checkKey(key);
      pass = admitRead(this.#parts, 'refresh', key, signal);
      if (pass === 'skip') return;
    }
    const send = () => inner.refresh(key, options);
    await guard.run<void>({ operation: 'refresh', keys: key, pass, signal, send, failed: nothing });
  }

  async remove(key: string, options?: CallOptions): Promise<void> {
    const { inner, own, name } = this.#parts;
    await rememberedWrite<void>(this.#parts, {
      operation: 'remove',
      key,
      reason: 'remove',
      signal: options?.signal,
      check: () => checkKey(key),
      send: () => inner.remove(key, options),
      done: () => own?.({ type: 'removed', cache: name, key }),
      otherwise: undefined,
    });
  }

  /** Gives what is remembered a last chance, of one deadline, where the backend is up; then closes what it wraps. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { wrapped, guard, replay } = this.#parts;
    guard.close();
    this.#invalidations.close();
    await replay.close();
    await wrapped.lifecycle?.close();
  }
}
