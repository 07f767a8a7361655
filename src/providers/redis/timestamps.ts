import { checkKey, checkKeys, checkValue } from '../../core/arguments.js';
import type { TimestampOperations } from '../../core/capabilities.js';
import { UnsupportedOperationError } from '../../core/errors.js';
import { type Signal, throwIfAborted } from '../../core/signal.js';
import { checkStampPlace, readTicks, ticksOf } from '../../core/ticks.js';
import type { RedisArgument } from './client.js';
import type { Tick } from './lane/tick.js';
import { lifeText, storableLifetime } from './lifetime.js';
import { checkSize, type DeadlinedParts, ownBytes } from './parts.js';
import { timeoutError } from './redis-error.js';
import { runIfAllowed } from './scripts/optional.js';
import type { Script } from './scripts/script.js';
import { raise, readTimes, setStamped } from './scripts/timestamps.js';
import { bySlot } from './slots.js';

/** What a script gives that stores a time: the server's in ms, and what it stored; or minus the server's, where it refused itself. */
type Stored = number | readonly [now: number, time: Uint8Array];

/** How many keys one call of the script takes at most: it holds up the server for as long as it runs. */
const mostKeys = 512;

/** Times by the server's clock (`scripts/timestamps.ts`). */
export function redisTimestamps(parts: DeadlinedParts): TimestampOperations {
  const { lane, link, clock, emit, name, instanceName, publisher, deadlines } = parts;

  async function run(script: Script, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    const reply = await runIfAllowed(link, script, keys, args);
    if (reply === undefined) throw new UnsupportedOperationError(name, 'timestamps');
    return reply;
  }

  /** @throws BackendError where the server refused it because it came too late. */
  function timeOf(stored: Stored): bigint {
    link.clock.heard(Math.abs(typeof stored === 'number' ? stored : stored[0]));
    if (typeof stored === 'number') throw timeoutError(deadlines.ms, undefined);
    return readTicks(stored[1]) as bigint;
  }

  async function readSome(keys: readonly string[]): Promise<(bigint | undefined)[]> {
    const [only] = keys;
    if (keys.length === 1) return [readTicks((await link.client.hmgetBuffer(only as string, 'data'))[0])];
    return ((await run(readTimes, keys, [])) as (Uint8Array | null)[]).map(readTicks);
  }

  async function readAll(keys: readonly string[], signal: Signal | undefined): Promise<(bigint | undefined)[]> {
    const places = keys.map((key, place) => ({ key: instanceName + key, place }));
    const groups = link.isSlotted ? bySlot(places, ({ key }) => link.keyPrefix + key) : [places];
    const times: (bigint | undefined)[] = [];
    const chunks = groups.flatMap((group) =>
      Array.from({ length: Math.ceil(group.length / mostKeys) }, (_, i) =>
        group.slice(i * mostKeys, (i + 1) * mostKeys),
      ),
    );
    await Promise.all(
      chunks.map(async (chunk) => {
        const found = await lane.run(() => readSome(chunk.map(({ key }) => key)), deadlines, signal);
        for (const [i, { place }] of chunk.entries()) times[place] = found[i];
      }),
    );
    return keys.map((_, place) => times[place]);
  }

  return {
    now() {
      const ms = link.clock.now();
      return ms === undefined ? undefined : ticksOf(ms);
    },
    async setStamped(key, value, at, options) {
      checkKey(key);
      checkValue(value);
      checkSize(value);
      checkStampPlace(value, at);
      const life = lifeText(storableLifetime(options, clock.now()));
      throwIfAborted(options?.signal);
      lane.checkOpen();
      const bytes = ownBytes(value);
      const redisKey = instanceName + key;
      const send = (tick: Tick) =>
        run(setStamped, [redisKey], [link.clock.notAfter(tick.writesEnd), life, bytes, at ?? '']);
      try {
        const time = timeOf((await lane.run(send, deadlines, options?.signal)) as Stored);
        emit?.({ type: 'set', cache: name, key, bytes: value.byteLength });
        return time;
      } finally {
        // What failed may have been carried out all the same.
        publisher.changed([redisKey]);
      }
    },
    async raise(key, options) {
      checkKey(key);
      const life = lifeText(storableLifetime(options, clock.now()));
      throwIfAborted(options?.signal);
      lane.checkOpen();
      const redisKey = instanceName + key;
      try {
        return timeOf((await lane.run(() => run(raise, [redisKey], [life]), deadlines, options?.signal)) as Stored);
      } finally {
        publisher.changed([redisKey]);
      }
    },
    async read(keys, options) {
      checkKeys(keys);
      throwIfAborted(options?.signal);
      lane.checkOpen();
      return readAll(keys, options?.signal);
    },
  };
}
