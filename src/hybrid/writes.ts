import { throwFailures } from '../core/batch-failures.js';
import { ErrorCode, typeError } from '../core/errors.js';
import type { Engine } from './engine.js';
import { fits } from './limits.js';
import type { Parts } from './parts.js';
import { drawn, type Policy, timesOf } from './plan.js';
import type { Operation } from './protocol/keys.js';
import { everything } from './protocol/tags.js';
import { Held } from './protocol/values.js';

/** One value to set. */
export interface Write {
  readonly key: string;
  readonly value: unknown;
  readonly policy: Policy;
}

/**
 * Sets and removals. Each marks what is under way for its key when it starts, which gives a caller that awaits nothing its own
 * order, and when it ends, also when it fails, after which nothing from before it is served (protocol rule 15).
 */
export class Writes {
  readonly #parts: Parts;
  readonly #engine: Engine;

  constructor(parts: Parts, engine: Engine) {
    this.#parts = parts;
    this.#engine = engine;
  }

  async set(write: Write): Promise<void> {
    const { emit, name, backend } = this.#parts;
    const { key, value } = write;
    const policy = drawn(write.policy);
    if (value === null && !this.#parts.settings.cacheNull) return this.remove([key]);
    const payload = policy.serializer.serialize(value);
    const held = Held.of(payload, policy.serializer, policy.sharing);
    if (!fits(this.#parts, key, payload)) {
      // What is not stored must not leave an older value behind. A key that is too long has none.
      return key.length > this.#parts.settings.maxKeyLength ? undefined : this.remove([key]);
    }
    const operation = this.#begin(key);
    let created: bigint | undefined;
    try {
      created = await backend.set(key, payload, policy);
    } finally {
      this.#end(operation);
    }
    if (created === undefined) return;
    emit?.({ type: 'set', cache: name, key, bytes: payload.byteLength });
    if (operation.marked || this.#parts.coherence.state === 'down') return;
    this.#engine.keepValue(key, {
      ...timesOf(this.#parts.monotonic(), policy),
      held,
      created,
      tags: policy.tags,
      bytes: payload.byteLength,
      validators: undefined,
      life: undefined,
      start: undefined,
    });
  }

  /** @throws BatchError naming what was not stored; all others were. */
  async setMany(writes: readonly Write[]): Promise<void> {
    const results = await Promise.allSettled(writes.map((write) => this.set(write)));
    throwFailures(
      results,
      writes.map(({ key }) => key),
    );
  }

  async remove(keys: readonly string[]): Promise<void> {
    const { backend, emit, name } = this.#parts;
    const { maxKeyLength } = this.#parts.settings;
    const storable = keys.filter((key) => key.length <= maxKeyLength);
    const operations = keys.map((key) => this.#begin(key));
    try {
      if (storable.length > 0) await backend.remove(storable);
    } finally {
      for (const operation of operations) this.#end(operation);
    }
    if (emit !== undefined) for (const key of keys) emit({ type: 'removed', cache: name, key });
  }

  /** Ends the time of values; what may be served past it stays for that. */
  async expire(keys: readonly string[]): Promise<void> {
    const [only] = keys;
    if (keys.length === 1) return this.#expire(only as string);
    const results = await Promise.allSettled(keys.map((key) => this.#expire(key)));
    throwFailures(results, keys);
  }

  async #expire(key: string): Promise<void> {
    const { backend, emit, name, settings } = this.#parts;
    const operation = this.#begin(key, true);
    try {
      if (key.length <= settings.maxKeyLength && !(await backend.expire(key))) operation.keepsValue = false;
    } finally {
      this.#end(operation);
    }
    emit?.({ type: 'expired', cache: name, key });
  }

  async removeByTags(tags: readonly string[]): Promise<void> {
    const results = await Promise.allSettled(tags.map((tag) => this.#raise(tag)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async clear(): Promise<void> {
    const { local, emit, name } = this.#parts;
    local?.clear();
    try {
      await this.#raise(everything);
    } finally {
      local?.clear();
    }
    emit?.({ type: 'cleared', cache: name });
  }

  async removeByPrefix(prefix: string): Promise<number> {
    const { backend } = this.#parts;
    const dropped = this.#prefixChanged(prefix);
    try {
      return (await this.#engine.during(() => backend.removeByPrefix(prefix))) ?? dropped;
    } finally {
      this.#prefixChanged(prefix);
    }
  }

  /** @returns How many local copies there were. */
  #prefixChanged(prefix: string): number {
    this.#engine.keys.ownOperationOnPrefix(prefix);
    return this.#parts.local?.dropByPrefix(prefix) ?? 0;
  }

  /** Tags go cold, not warm: another removal may have come after this one (protocol rule 19). */
  async #raise(tag: string): Promise<void> {
    const { backend, emit, name } = this.#parts;
    this.tagChanged(tag);
    try {
      await this.#engine.during(() => backend.raise(tag));
    } finally {
      this.tagChanged(tag);
    }
    emit?.({ type: 'tagRemoved', cache: name, key: tag });
  }

  tagChanged(tag: string): void {
    const { coherence, local, tags } = this.#parts;
    tags.changed(tag);
    if (coherence.state === 'down') local?.dropByTag(tag);
    this.#engine.keys.tagEvent(tag);
  }

  /** @param keepsValue - Whether what is here stays to fall back on. */
  #begin(key: string, keepsValue = false): Operation {
    const operation = this.#engine.keys.begin(key, keepsValue);
    this.#drop(operation);
    return operation;
  }

  #end(operation: Operation): void {
    this.#engine.keys.end(operation);
    this.#drop(operation);
    this.#engine.settle();
  }

  #drop({ key, keepsValue }: Operation): void {
    const { local, emit, name } = this.#parts;
    const isDropped = keepsValue ? local?.expire(key) : local?.drop(key);
    if (isDropped === true) emit?.({ type: 'invalidated', cache: name, key, by: 'self' });
  }
}

/** @throws TypeError `ERR_INVALID_VALUE` */
export function checkSettable(value: unknown, what = 'value'): void {
  if (value === undefined) throw typeError(ErrorCode.invalidValue, what, 'anything but undefined', 'undefined');
}
