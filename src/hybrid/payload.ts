// The payload of .NET's HybridCache, version 1, as Microsoft.Extensions.Caching.Hybrid writes it: little-endian; 0x03 0x01,
// entropy uint16, creation in UTC ticks int64, flags, payload length, duration in ticks and number of tags as varints (7-bit
// groups, low first), the key and each tag as a varint of its length and UTF-8, the payload, 0x03 0x01. .NET writes 0 as flags, and reads
// past whatever they are; here they say what becomes of a value past its duration (docs/format.md).

import { lastTicks, ticksPerMs } from '../core/ticks.js';

/** What a source tells one version of a value by, as HTTP does. */
export interface Validators {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/** What a payload of version 1 says beside its key. */
export interface Envelope {
  /** UTC ticks. */
  readonly created: bigint;
  /** Ticks. */
  readonly duration: bigint;
  /** How long after its creation it may be served past its duration, in ms; 0: not at all. */
  readonly staleMs: number;
  /** Until how long after its creation nobody loads it again, though it is past its duration, in ms; 0: anybody may. */
  readonly retryMs: number;
  readonly tags: readonly string[];
  readonly validators: Validators | undefined;
  /** A part of the bytes that were decoded. */
  readonly payload: Uint8Array;
}

/** What {@link encodePayload} is given. */
export interface PayloadParts {
  readonly key: string;
  readonly created: bigint;
  /** A whole number of ms. */
  readonly durationMs: number;
  /** As in {@link Envelope}, rounded up to whole seconds. @default 0 */
  readonly staleMs?: number | undefined;
  /** The same. @default 0 */
  readonly retryMs?: number | undefined;
  readonly tags: readonly string[];
  readonly validators?: Validators | undefined;
  readonly payload: Uint8Array;
  /** What tells two payloads of one moment apart. @default random */
  readonly entropy?: number | undefined;
}

/** Where in a payload its creation lies: 8 bytes. */
export const creationOffset = 4;

const sentinel = 3;
const version = 1;
const headerLength = 12;
const endLength = 2;
const maxInt64 = 2n ** 63n - 1n;

// The flags: 8 bits that are .NET's, then two numbers of seconds of 27 bits each, which is more than 1,000 days.
const staleShift = 8n;
const retryShift = 35n;
const mostSeconds = 2n ** 27n - 1n;

/** What the tag begins with that holds a value's validators: to .NET it is a tag like any other, which nobody removes. */
export const validatorsStart = '__validators__:';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const noTags: readonly string[] = Object.freeze([]);

export function encodePayload(parts: PayloadParts): Uint8Array {
  const { key, created, durationMs, staleMs = 0, retryMs = 0, validators, payload, entropy } = parts;
  const tags = validators ? [...parts.tags, validatorsStart + JSON.stringify(validators)] : parts.tags;
  // Sorted as .NET does, by UTF-16 code units, which is the order of JavaScript.
  const sorted = tags.length > 1 ? [...tags].sort() : tags;
  const texts = [key, ...sorted].map((text) => encoder.encode(text));
  const ticks = BigInt(durationMs) * ticksPerMs;
  const duration = ticks > maxInt64 ? maxInt64 : ticks;
  const flags = staleMs === 0 ? 0n : (secondsOf(staleMs) << staleShift) | (secondsOf(retryMs) << retryShift);
  const numbers = lengthOfBig(flags) + lengthOf(payload.length) + lengthOfBig(duration) + lengthOf(tags.length);
  const total = texts.reduce((sum, { length }) => sum + lengthOf(length) + length, headerLength + numbers);
  const bytes = new Uint8Array(total + payload.length + endLength);
  const view = new DataView(bytes.buffer);
  bytes[0] = sentinel;
  bytes[1] = version;
  view.setUint16(2, entropy ?? Math.floor(Math.random() * 65_536), true);
  view.setBigInt64(creationOffset, created, true);
  let at = writeBig(bytes, headerLength, flags);
  at = writeNumber(bytes, at, payload.length);
  at = writeBig(bytes, at, duration);
  at = writeNumber(bytes, at, tags.length);
  for (const text of texts) {
    at = writeNumber(bytes, at, text.length);
    bytes.set(text, at);
    at += text.length;
  }
  bytes.set(payload, at);
  bytes[bytes.length - 2] = sentinel;
  bytes[bytes.length - 1] = version;
  return bytes;
}

/** What the bytes say, if they are a payload of this key, else why they are not; never a part of them. Never throws. */
export function decodePayload(bytes: Uint8Array, key: string): Envelope | string {
  const end = bytes.length - endLength;
  if (end < headerLength + 4) return 'it is too short for a payload';
  if (bytes[0] !== sentinel || bytes[1] !== version) return 'it is no payload of version 1';
  if (bytes[end] !== sentinel || bytes[end + 1] !== version) return 'its end is missing';
  const created = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(creationOffset, true);
  if (created < 0n || created > lastTicks) return 'its creation is no time';
  const reader = new Reader(bytes, headerLength, end);
  const flags = reader.big();
  const length = reader.length();
  const duration = reader.big();
  const tagCount = reader.length();
  if (!reader.isKey(key)) return reader.failed ? 'it is malformed' : 'it is of another key';
  const texts = tagCount === 0 ? noTags : reader.texts(tagCount);
  if (reader.failed || texts === undefined || reader.left !== length) return 'it is malformed';
  const { tags, validators } = tagCount === 0 ? { tags: noTags, validators: undefined } : told(texts);
  return {
    created,
    duration,
    staleMs: flags === 0n ? 0 : msOf(flags >> staleShift),
    retryMs: flags === 0n ? 0 : msOf(flags >> retryShift),
    tags,
    validators,
    payload: bytes.subarray(end - length, end),
  };
}

function secondsOf(ms: number): bigint {
  const seconds = BigInt(Math.ceil(ms / 1_000));
  return seconds > mostSeconds ? mostSeconds : seconds;
}

const msOf = (bits: bigint) => Number(bits & mostSeconds) * 1_000;

/** The tags, and what one of them says of validators. */
function told(texts: readonly string[]): Pick<Envelope, 'tags' | 'validators'> {
  const place = texts.findIndex((text) => text.startsWith(validatorsStart));
  if (place < 0) return { tags: texts, validators: undefined };
  const tags = texts.filter((_, i) => i !== place);
  try {
    const { etag, lastModified } = JSON.parse((texts[place] as string).slice(validatorsStart.length));
    return { tags, validators: { etag: textOr(etag), lastModified: textOr(lastModified) } };
  } catch {
    // Somebody else's tag, who can remove it.
    return { tags: texts, validators: undefined };
  }
}

const textOr = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** Reads one part after the other. After a part that is malformed it has failed, and all that it gives means nothing. */
class Reader {
  failed = false;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#end - this.#at;
  }

  /** Anything up to 2^63 - 1. */
  big(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#next();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (value > maxInt64) this.failed = true;
        return value;
      }
    }
    this.failed = true;
    return 0n;
  }

  /** What is less than 2^49, exactly, without a bigint. */
  number(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 49; factor *= 128) {
      const byte = this.#next();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    this.failed = true;
    return 0;
  }

  /** A length, or a count of things of a byte or more: no more than what is left. */
  length(): number {
    const value = this.number();
    if (value > this.left) this.failed = true;
    return this.failed ? 0 : value;
  }

  isKey(key: string): boolean {
    const text = this.#take();
    if (this.failed) return false;
    // One byte for each character: ASCII, which most keys are, needs no decoding.
    if (text.length !== key.length) return this.#text(text) === key;
    for (let i = 0; i < text.length; i++) if (text[i] !== key.charCodeAt(i)) return false;
    return key.length === 0 || isAscii(text);
  }

  texts(count: number): string[] | undefined {
    const texts: string[] = [];
    for (let i = 0; i < count && !this.failed; i++) texts.push(this.#text(this.#take()));
    return this.failed ? undefined : texts;
  }

  #take(): Uint8Array {
    const length = this.length();
    const at = this.#at;
    this.#at += length;
    return this.#bytes.subarray(at, this.#at);
  }

  #text(bytes: Uint8Array): string {
    try {
      return decoder.decode(bytes);
    } catch {
      this.failed = true;
      return '';
    }
  }

  #next(): number {
    if (this.#at >= this.#end) {
      this.failed = true;
      return 0;
    }
    return this.#bytes[this.#at++] as number;
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte > 0x7f) return false;
  return true;
}

function lengthOf(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

function lengthOfBig(value: bigint): number {
  let length = 1;
  for (let rest = value; rest >= 128n; rest >>= 7n) length++;
  return length;
}

function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let place = at;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[place++] = (rest % 128) | 0x80;
  bytes[place++] = rest;
  return place;
}

function writeBig(bytes: Uint8Array, at: number, value: bigint): number {
  let rest = value;
  let place = at;
  for (; rest >= 128n; rest >>= 7n) bytes[place++] = Number(rest & 0x7fn) | 0x80;
  bytes[place++] = Number(rest);
  return place;
}
