import type { Serializer } from '../../core/serializer.js';
import { bytesSerializer } from '../../core/serializers/bytes.js';
import { jsonSerializer } from '../../core/serializers/json.js';
import { SchemaSerializer } from '../../core/serializers/schema.js';
import { stringSerializer } from '../../core/serializers/string.js';
import { freezeIfPlain, freezeParsed } from '../freeze.js';
import type { HybridSharing } from '../options.js';
import type { Validators } from '../payload.js';

/**
 * A value that came through its serializer, for any number of callers: one frozen object for all where it is made of plain
 * objects, arrays and primitives, a copy for each otherwise.
 */
export class Held {
  /** Whether all callers get the one value. */
  readonly isShared: boolean;
  readonly #value: unknown;
  #isTaken = false;
  /** What copies are made of. */
  readonly #payload: Uint8Array | undefined;

  /** @param payload - What copies for the callers are made of; none where all share the value. */
  private constructor(
    value: unknown,
    readonly serializer: Serializer,
    payload: Uint8Array | undefined,
  ) {
    this.#value = value;
    this.#payload = payload;
    this.isShared = payload === undefined;
  }

  /** @throws What the serializer throws. */
  static of(payload: Uint8Array, serializer: Serializer, sharing: HybridSharing): Held {
    const value = revive(payload, serializer);
    const isShared = sharing === 'reference' || freeze(value, serializer);
    // A copy: the payload may be a part of a reply, which is somebody else's.
    return new Held(value, serializer, isShared ? undefined : new Uint8Array(payload));
  }

  /** Of a value that another was shared by. */
  static shared(value: unknown, serializer: Serializer): Held {
    return new Held(value, serializer, undefined);
  }

  /** The bytes that it came from, or such as it can come from. @throws What the serializer throws. */
  bytes(): Uint8Array {
    return this.#payload ?? this.serializer.serialize(this.#value);
  }

  /** The value, for one caller. @throws What the serializer throws. */
  take(): unknown {
    if (this.isShared) return this.#value;
    if (!this.#isTaken) {
      this.#isTaken = true;
      return this.#value;
    }
    return revive(this.#payload as Uint8Array, this.serializer);
  }
}

/** @returns Whether it is frozen now. */
function freeze(value: unknown, serializer: Serializer): boolean {
  if (serializer !== jsonSerializer) return freezeIfPlain(value);
  // All that it gives is plain: nothing has to be looked for.
  freezeParsed(value);
  return true;
}

function revive(payload: Uint8Array, serializer: Serializer): unknown {
  if (serializer instanceof SchemaSerializer) return serializer.fit(revive(payload, serializer.base));
  // .NET stores null as an empty payload, whatever the serializer.
  const isNull = payload.length === 0 && serializer !== stringSerializer && serializer !== bytesSerializer;
  return isNull ? null : serializer.deserialize(payload);
}

/** A value that was found in a tier, or loaded. */
export interface Found {
  readonly held: Held;
  /** The backend's time of its creation, in ticks: tags that were removed then or later make it invalid. */
  readonly created: bigint;
  readonly tags: readonly string[];
  /** How much it counts in the local tier. */
  readonly bytes: number;
  /** When a local copy of it ends, by the monotonic clock in ms. */
  readonly expiresAt: number;
  /** From when on it is to be refreshed, by the same clock; `Infinity`: never. */
  readonly refreshAt: number;
  /** Whether its time is over: it is served only where nothing better can be had, or to who asks for it. */
  readonly isStale: boolean;
  /** Until when it may be served so, by the same clock; `-Infinity`: not at all. */
  readonly staleUntil: number;
  /** Of a stale one: until when nobody loads it again, by the same clock. */
  readonly retryAt: number;
  /** What its source tells its version by. */
  readonly validators: Validators | undefined;
  /** What its payload says of its life, where it came from one. */
  readonly life: Life | undefined;
  /** The first bytes of what is stored, by which it is told from others. */
  readonly start: Uint8Array | undefined;
}

/** As in the payload: counted from the creation. */
export interface Life {
  /** Ticks. */
  readonly duration: bigint;
  readonly staleMs: number;
}

/** A value past its end, or about to be: what is known of it whether it was read or is a copy of this process. */
export type Stale = Pick<Found, 'held' | 'tags' | 'created' | 'validators'> & {
  /** Whether it is a copy whose changes are not heard: what its tags were by then is all that can be known. */
  readonly isUnheard?: boolean;
};

/** Nothing usable was found; `start` is of what is stored and can't be used. */
export interface Missing {
  readonly held?: undefined;
  readonly start: Uint8Array | undefined;
}

export const nothing: Missing = Object.freeze({ start: undefined });

/** A value that a factory gave, as it is to be stored. */
export interface Loaded extends Found {
  readonly payload: Uint8Array;
}
