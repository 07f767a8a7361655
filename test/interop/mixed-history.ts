import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../hybrid/simulation/random.js';
import type { Event } from '../redis/hybrid/replacements.js';
import type { DotnetHybrid } from './dotnet-hybrid.js';

/** A `load` is a read whose factory ran. */
export type DotnetEvent = Event | readonly ['load', key: string, begun: number, ended: number, value: number];

interface HistoryOptions {
  readonly ms: number;
  readonly keys: readonly string[];
  readonly tags: Readonly<Record<string, readonly string[]>>;
  readonly expirations: Readonly<Record<string, number>>;
  readonly seed: number;
  /** What tells its values from those of other processes: their lowest digit. */
  readonly mark: number;
}

const callers = 4;
const kind = 'long';

/** The random operations of a .NET process, as `history` of worker.mjs has those of a process of Node. */
export async function dotnetHistory(hybrid: DotnetHybrid, options: HistoryOptions): Promise<DotnetEvent[]> {
  const { ms, keys, tags, expirations, seed, mark } = options;
  const random = new Random(seed);
  const events: DotnetEvent[] = [];
  const now = () => Number(process.hrtime.bigint() / 1_000n);
  const end = performance.now() + ms;

  async function once(): Promise<void> {
    const key = random.pick(keys);
    const ofKey = tags[key] as readonly string[];
    const begun = now();
    const value = begun * 10 + mark;
    const call = { kind, value, tags: ofKey, expirationMs: expirations[key] as number } as const;
    const choice = random.next();
    if (choice < 0.8) {
      // Its own copies are never told of a change, so half of its reads do without.
      const flags = random.chance(0.5) ? (['DisableLocalCache'] as const) : [];
      const read = await hybrid.getOrCreate(key, { ...call, localExpirationMs: 500, flags });
      events.push([read.ran ? 'load' : 'read', key, begun, now(), read.value as number]);
    } else if (choice < 0.9) {
      await hybrid.set(key, call);
      events.push(['set', key, begun, now(), value]);
    } else if (choice < 0.98) {
      await hybrid.remove(key);
      events.push(['remove', key, begun, now()]);
    } else {
      const tag = random.chance(0.2) ? '*' : (ofKey[0] as string);
      await hybrid.removeByTag(tag);
      events.push(['removeByTag', tag, begun, now()]);
    }
    // For the tests beside it, as the processes of Node do.
    await sleep(random.below(25));
  }

  const loop = async () => {
    while (performance.now() < end) await once();
  };
  await Promise.all(Array.from({ length: callers }, loop));
  return events;
}
