import { checkKey, checkValue } from '../../core/arguments.js';
import { checkLeaseDuration, type LeaseOperations, type LeaseReply, startOf } from '../../core/capabilities.js';
import type { EntryOptions } from '../../core/lifetime.js';
import type { RedisArgument } from './client.js';
import { corruptEntry } from './entry.js';
import { lifeText, storableLifetime } from './lifetime.js';
import { checkSize, type DeadlinedParts, ownBytes } from './parts.js';
import { runIfAllowed } from './scripts/optional.js';
import type { Script } from './scripts/script.js';
import { acquire, commit, release, replace as replaceScript } from './scripts/scripts.js';

const decoder = new TextDecoder();
const equalsSign = 0x3d;

/** What the acquire script gives: its kind, what belongs to it, what was found in place of an entry, and whether there is one. */
type Answer = readonly [kind: number, what: Uint8Array | number, corrupt?: 0 | 1 | 2, hasValue?: 0 | 1];
const corruptions = ['', 'a hash without data, or with a time that is no number', 'of another type'] as const;

/** Leases in the same hash as the entry (`scripts/scripts.ts`). */
export function redisLeases(parts: DeadlinedParts): LeaseOperations {
  const { lane, link, clock, emit, name, instanceName, publisher, deadlines } = parts;

  /** What the script gives; `undefined` where there are no scripts. */
  function run(script: Script, key: string, args: readonly RedisArgument[]): Promise<unknown> {
    return lane.run(() => runIfAllowed(link, script, [instanceName + key], args), deadlines);
  }

  /** Without scripts there is no lease to be had: the caller loads, and stores nothing. */
  async function readOnly(key: string): Promise<LeaseReply> {
    const value = await lane.read(instanceName + key, deadlines, undefined, false);
    return value === undefined ? { kind: 'none' } : { kind: 'hit', value };
  }

  /** @param condition - On which the script stores the value. */
  async function store(
    script: Script,
    key: string,
    condition: RedisArgument,
    value: Uint8Array,
    options: EntryOptions | undefined,
  ): Promise<boolean> {
    checkSize(value);
    const life = lifeText(storableLifetime(options, clock.now()));
    lane.checkOpen();
    const stored = await run(script, key, [condition, life, ownBytes(value)]);
    if (stored !== 1) return false;
    publisher.changed([instanceName + key]);
    emit?.({ type: 'set', cache: name, key, bytes: value.byteLength });
    return true;
  }

  return {
    async getOrLease(key, options) {
      checkKey(key);
      const ms = checkLeaseDuration(options.duration);
      const { replace, mine = '', token = crypto.randomUUID() } = options;
      const reply = await run(acquire, key, [token, ms, replace === undefined ? '' : judged(replace), mine]);
      if (reply === undefined) return readOnly(key);
      const [kind, what, corrupt, hasValue] = reply as Answer;
      if (kind === 1) {
        emit?.({ type: 'hit', cache: name, key });
        return { kind: 'hit', value: new Uint8Array(what as Uint8Array) };
      }
      if (corrupt) emit?.({ type: 'corrupt', cache: name, key, error: corruptEntry(key, corruptions[corrupt]) });
      if (kind === 2) {
        const grantedAt = BigInt(decoder.decode(what as Uint8Array));
        return { kind: 'lease', token, grantedAt, hasValue: hasValue === 1 };
      }
      return { kind: kind === 4 ? 'own' : 'busy', remaining: what as number };
    },
    async commit(key, token, value, options) {
      checkKey(key);
      checkValue(value);
      return store(commit, key, token, value, options);
    },
    async release(key, token) {
      checkKey(key);
      await run(release, key, [token]);
    },
    async replace(key, replaced, value, options) {
      checkKey(key);
      checkValue(replaced, 'replaced');
      checkValue(value);
      return store(replaceScript, key, ownBytes(replaced), value, options);
    },
  };
}

/** The argument that names the value to replace, an empty one too. */
function judged(replace: Uint8Array): Uint8Array {
  const start = startOf(replace);
  const argument = new Uint8Array(start.length + 1);
  argument[0] = equalsSign;
  argument.set(start, 1);
  return ownBytes(argument);
}
