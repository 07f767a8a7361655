import { throwFailures } from '../core/batch-failures.js';
import { ErrorCode, typeError } from '../core/errors.js';
import type { Engine } from './engine.js';
import { fits } from './limits.js';
import type { Parts } from './parts.js';
import { drawn, type Policy, refreshTime } from './plan.js';
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
    const held = new Held(payload, policy.serializer, policy.sharing);
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
    const now = this.#parts.monotonic();
    const expiresAt = now + policy.localExpiration;
    this.#engine.keepValue(key, {
      held,
      created,
      tags: policy.tags,
      bytes: payload.byteLength,
      expiresAt,
      refreshAt: refreshTime(now, policy.expiration, policy.expiration, policy),
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
    this.#parts.tags.changed(tag);
    this.#engine.keys.tagEvent(tag);
  }

  #begin(key: string): Operation {
    const operation = this.#engine.keys.begin(key);
    this.#drop(key);
    return operation;
  }

  #end(operation: Operation): void {
    this.#engine.keys.end(operation);
    this.#drop(operation.key);
    this.#engine.settle();
  }

  #drop(key: string): void {
    const { local, emit, name } = this.#parts;
    if (local?.drop(key) === true) emit?.({ type: 'invalidated', cache: name, key, by: 'self' });
  }
}

/** @throws TypeError `ERR_INVALID_VALUE` */
export function checkSettable(value: unknown, what = 'value'): void {
  if (value === undefined) throw typeError(ErrorCode.invalidValue, what, 'anything but undefined', 'undefined');
}
