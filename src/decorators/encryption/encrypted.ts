import { checkArray, isWellFormed } from '../../core/arguments.js';
import { concatBytes } from '../../core/bytes.js';
import type { DistributedCache } from '../../core/cache.js';
import { ErrorCode, rangeError, show, typeError } from '../../core/errors.js';
import type { EventOptions } from '../../core/events.js';
import { checkOptions } from '../../core/options.js';
import { type DecoratedCache, decorate } from '../decorate.js';
import { associatedData, headerOf, newNonce, parse } from './envelope.js';

/** One key of {@link encrypted}'s ring. */
export interface EncryptionKey {
  /** Stored with each value, in the clear: 1 to 255 bytes of UTF-8 that tell this key from all others, ever. */
  readonly id: string;
  /** 32 bytes, from a source of randomness such as `openssl rand 32`; not a password. */
  readonly key: Uint8Array;
}

/** Options of {@link encrypted}. */
export interface EncryptedOptions extends EventOptions {
  /**
   * The first encrypts, each decrypts what it encrypted. To rotate, first give every process the new key as the last one, then
   * put it first, and take an old one away when nothing of it is left to live.
   */
  readonly keys: readonly EncryptionKey[];
}

interface Key {
  readonly header: Uint8Array;
  /** Imported once. */
  readonly usable: ReturnType<typeof crypto.subtle.importKey>;
}

const keyLength = 32;

/**
 * A cache whose values are encrypted by AES-256-GCM (NIST SP 800-38D), with the cache key as associated data, so that an entry that
 * was moved to another key can't be read. Keys, expirations, lengths and the times of tags are not hidden. Each value has a
 * random nonce of 96 bits: rotate a key before it has encrypted 2^32 values.
 *
 * What can't be decrypted (another key, cut off, changed, or never encrypted) is a miss, with a `corrupt` event.
 *
 * @throws TypeError or RangeError `ERR_INVALID_OPTION`
 * @example
 * const cache = encrypted(failOpen(new RedisCache({ connection })), {
 *   keys: [{ id: '2026-11', key: Buffer.from(process.env.CACHE_KEY, 'base64') }],
 * });
 */
export function encrypted(cache: DistributedCache, options: EncryptedOptions): DecoratedCache {
  checkOptions(options);
  const ring = ringOf(options.keys);
  const [writing] = ring.values() as Iterable<Key> as [Key];
  return decorate(cache, {
    name: 'encrypted',
    onEvent: options.onEvent,
    async encode(value, key) {
      const { header, usable } = writing;
      const iv = newNonce();
      const algorithm = { name: 'AES-GCM', iv, additionalData: associatedData(header, key) };
      const ciphertext = await crypto.subtle.encrypt(algorithm, await usable, value as Uint8Array<ArrayBuffer>);
      return concatBytes(header, iv, new Uint8Array(ciphertext));
    },
    async decode(stored, key) {
      const { id, header, nonce, ciphertext } = parse(stored);
      const known = ring.get(id);
      if (known === undefined) throw new RangeError(`a value of the key ${show(id)}, which is not among 'keys'`);
      const algorithm = { name: 'AES-GCM', iv: new Uint8Array(nonce), additionalData: associatedData(header, key) };
      return new Uint8Array(await crypto.subtle.decrypt(algorithm, await known.usable, new Uint8Array(ciphertext)));
    },
  });
}

function ringOf(keys: readonly EncryptionKey[]): ReadonlyMap<string, Key> {
  checkArray(keys, 'keys');
  if (keys.length === 0) throw rangeError(ErrorCode.invalidOption, 'keys', 'a key or more', 'none');
  const ring = new Map<string, Key>();
  keys.forEach((each, i) => {
    const { id, key } = each ?? {};
    checkId(id, `keys[${i}].id`);
    if (ring.has(id)) throw rangeError(ErrorCode.invalidOption, `keys[${i}].id`, 'an id of its own', show(id));
    if (!(key instanceof Uint8Array) || key.length !== keyLength) {
      const got = key instanceof Uint8Array ? `${key.length} bytes` : typeof key;
      throw typeError(ErrorCode.invalidOption, `keys[${i}].key`, `${keyLength} bytes`, got);
    }
    const usable = crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, ['encrypt', 'decrypt']);
    // Told where it is used.
    usable.catch(() => {});
    ring.set(id, { header: headerOf(id), usable });
  });
  return ring;
}

function checkId(id: unknown, what: string): asserts id is string {
  const length = typeof id === 'string' && isWellFormed(id) ? new TextEncoder().encode(id).length : 0;
  if (length >= 1 && length <= 255) return;
  throw typeError(ErrorCode.invalidOption, what, 'a string of 1 to 255 bytes', show(id));
}
