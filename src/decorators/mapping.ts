import { checkKey, checkValue } from '../core/arguments.js';
import { nameOf } from '../core/assert-capability.js';
import type { DistributedCache } from '../core/cache.js';
import { type Door, doorOf } from '../core/door.js';
import { CorruptEntryError, ErrorCode, quote, typeError } from '../core/errors.js';
import { type BackendOperation, bothListeners, type EventListener, type EventOptions, safely } from '../core/events.js';
import { checkEntryOptions, type EntryOptions } from '../core/lifetime.js';
import { checkOptionalFunction, checkOptions } from '../core/options.js';
import { abortable, type CallOptions, type Signal, throwIfAborted } from '../core/signal.js';

/** What {@link DecorateOptions.around} is told of the operation that it surrounds. */
export interface Operation {
  readonly name: BackendOperation;
  /** The keys as the decorator's caller named them; the prefix for `removeByPrefix` and `keys`; none for `listen`. */
  readonly keys: readonly string[];
  /** The caller's signal. */
  readonly signal: Signal | undefined;
}

/** What a decorator changes; all of it optional. */
export interface DecorateOptions extends EventOptions {
  /** What the decorator is called: `'gzip'` gives `'gzip(memory)'`. @default 'decorated' */
  readonly name?: string | undefined;
  /** The key that the inner cache is asked for. Different keys must stay different. Needs `unmapKey`. */
  readonly mapKey?: ((key: string) => string) | undefined;
  /** The way back, for listed keys and invalidations; `undefined` for a key that is not this decorator's. */
  readonly unmapKey?: ((innerKey: string) => string | undefined) | undefined;
  /**
   * Whether `mapKey` makes prefixes of prefixes, so that `removeByPrefix` and `keys` can be mapped. With `false` the
   * decorator has no `prefixes`.
   *
   * @default true
   */
  readonly keepsPrefixes?: boolean | undefined;
  /** The expiration that the inner cache is given, from the caller's. */
  readonly mapOptions?: ((options: EntryOptions | undefined) => EntryOptions | undefined) | undefined;
  /** The bytes that are stored, from the caller's (a copy of them, which may be kept). */
  readonly encode?: ((value: Uint8Array, key: string) => Uint8Array | Promise<Uint8Array>) | undefined;
  /** The way back. `undefined`, or an error, says that the stored bytes can't be read: a miss, and a `corrupt` event. */
  readonly decode?:
    | ((stored: Uint8Array, key: string) => Uint8Array | undefined | Promise<Uint8Array | undefined>)
    | undefined;
  /**
   * Surrounds every operation of the inner cache: measure it, delay it, repeat it, refuse it. `next` does it. Who calls
   * `next` twice does it twice: a second `commit` is refused, since the first one ended the lease.
   */
  readonly around?: (<Result>(operation: Operation, next: () => Promise<Result>) => Promise<Result>) | undefined;
  /** Called once when the decorated cache is closed, before the inner cache is: stop what runs in the background. */
  readonly onClose?: (() => void | Promise<void>) | undefined;
}

const functions = ['mapKey', 'unmapKey', 'mapOptions', 'encode', 'decode', 'around', 'onClose'] as const;

/** {@link DecorateOptions}, checked once, as the parts of a decorator use them. */
export class Mapping {
  readonly name: string;
  readonly keepsPrefixes: boolean;
  readonly emit: EventListener | undefined;
  /** Whether stored bytes are not the caller's bytes. */
  readonly hasCodec: boolean;
  readonly #options: DecorateOptions;
  readonly #innerName: string;
  /** Its own listener and those of the caches below. */
  readonly #listeners: EventListener | undefined;

  constructor(inner: DistributedCache, options: DecorateOptions) {
    checkOptions(inner, 'cache');
    checkOptions(options);
    for (const option of functions) checkOptionalFunction(options[option], option);
    pair(options, 'mapKey', 'unmapKey');
    pair(options, 'encode', 'decode');
    this.#options = options;
    this.#innerName = nameOf(inner);
    this.name = `${options.name ?? 'decorated'}(${this.#innerName})`;
    this.keepsPrefixes = options.keepsPrefixes ?? true;
    this.emit = safely(options.onEvent);
    this.hasCodec = options.encode !== undefined;
    this.#listeners = bothListeners(this.emit, this.#toldBelow(doorOf(inner).emit));
  }

  /** The inner cache's key. The caller's is checked first: what is added to it could hide a lone surrogate. */
  key(key: string, what?: string): string {
    checkKey(key, what);
    return this.#options.mapKey ? this.#options.mapKey(key) : key;
  }

  unmapKey(innerKey: string): string | undefined {
    return this.#options.unmapKey ? this.#options.unmapKey(innerKey) : innerKey;
  }

  options(options: (EntryOptions & CallOptions) | undefined): (EntryOptions & CallOptions) | undefined {
    if (this.#options.mapOptions === undefined) return options;
    if (options !== undefined) checkEntryOptions(options);
    const mapped = this.#options.mapOptions(options);
    return options?.signal === undefined ? mapped : { ...mapped, signal: options.signal };
  }

  /** The bytes to store: those of the moment of the call, also where code of the decorator's may store them later. */
  encode(value: Uint8Array, key: string): Uint8Array | Promise<Uint8Array> {
    checkValue(value);
    const { encode, around } = this.#options;
    if (encode) return encode(new Uint8Array(value), key);
    return around ? new Uint8Array(value) : value;
  }

  /** The caller's bytes; `undefined` and an event where the stored ones can't be read, for whatever reason. */
  decode(stored: Uint8Array | undefined, key: string): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const { decode } = this.#options;
    if (stored === undefined || decode === undefined) return stored;
    try {
      const value = decode(stored, key);
      if (!(value instanceof Promise)) return value ?? this.#unreadable(key);
      return value.then(
        (bytes) => bytes ?? this.#unreadable(key),
        (cause: unknown) => this.#unreadable(key, cause),
      );
    } catch (cause) {
      return this.#unreadable(key, cause);
    }
  }

  #unreadable(key: string, cause?: unknown): undefined {
    const message = `What is stored under ${quote(key)} can't be decoded by '${this.name}'.`;
    const error = new CorruptEntryError(ErrorCode.corruptEntry, message, cause === undefined ? undefined : { cause });
    this.#listeners?.({ type: 'corrupt', cache: this.name, key, error });
  }

  run<Result>(
    name: Operation['name'],
    keys: readonly string[],
    options: CallOptions | undefined,
    next: () => Promise<Result>,
  ): Promise<Result> {
    const { around } = this.#options;
    if (around === undefined) return next();
    throwIfAborted(options?.signal);
    return abortable(around({ name, keys, signal: options?.signal }, next), options?.signal);
  }

  tellRead(key: string, value: Uint8Array | undefined): void {
    if (this.emit === undefined) return;
    if (value === undefined) this.emit({ type: 'miss', cache: this.name, key, reason: 'unknown' });
    else this.emit({ type: 'hit', cache: this.name, key });
  }

  /** The inner listener as this decorator tells it: in the inner cache's own terms, its name and its keys. */
  #toldBelow(emit: EventListener | undefined): EventListener | undefined {
    if (emit === undefined) return undefined;
    const { mapKey } = this.#options;
    const cache = this.#innerName;
    return (event) => {
      if ('key' in event) emit({ ...event, cache, key: mapKey ? mapKey(event.key) : event.key });
      else emit({ ...event, cache });
    };
  }

  get onClose(): (() => void | Promise<void>) | undefined {
    return this.#options.onClose;
  }

  /**
   * The decorated cache's door, from the inner one's.
   *
   * @param redecorate - This decorator around another view of the inner cache.
   */
  door(inner: Door, decorated: DistributedCache, redecorate: (inner: DistributedCache) => DistributedCache): Door {
    const { within } = inner;
    const { mapKey, decode, around } = this.#options;
    return {
      root: inner.root,
      clock: inner.clock,
      fullKey: (key) => inner.fullKey(mapKey ? mapKey(key) : key),
      // Where reads go through code of the decorator's, there is nothing to borrow.
      read:
        decode || around || this.emit
          ? (key, options) => decorated.get(key, options)
          : async (key, options) => inner.read(this.key(key), options),
      emit: this.#listeners,
      within: within && ((ms) => redecorate(within(ms))),
      state: inner.state,
    };
  }
}

function pair(options: DecorateOptions, one: keyof DecorateOptions, other: keyof DecorateOptions): void {
  if ((options[one] === undefined) !== (options[other] === undefined)) {
    throw typeError(ErrorCode.invalidOption, `${one} and ${other}`, 'both or neither', 'one');
  }
}
