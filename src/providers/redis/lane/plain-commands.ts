import type { Clock } from '../../../core/clock.js';
import { ticksPerMs } from '../../../core/ticks.js';
import type { RedisArgument } from '../client.js';
import { endOf, windowOf } from '../entry.js';
import type { Link } from '../link.js';
import type { WriteCall } from './call.js';

// .NET ticks of a millisecond, and of the Unix epoch in ms.
const epochMs = 62_135_596_800_000;
const decoder = new TextDecoder();

/**
 * Writing where no scripts may be run. What a script does in one step takes several commands here: a set is still one
 * transaction, but carries no time after which it refuses itself, times are this machine's, and a touch may meet an entry
 * that was set after the one that was read.
 */
export class PlainCommands {
  readonly #link: Link;
  readonly #clock: Clock;

  constructor(link: Link, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  async set({ key, life, value }: WriteCall): Promise<boolean> {
    const now = this.#clock.now();
    const { ttl, absolute, window } = parseLife(life, now);
    const transaction = this.#link.client.multi().unlink(key);
    if (ttl === undefined || ttl > 0) {
      const fields: RedisArgument[] = ['absexp', absolute, 'sldexp', window, 'data', value as Uint8Array];
      transaction.hset(key, ...fields);
      if (ttl !== undefined) transaction.pexpire(key, ttl);
    }
    const results = (await transaction.exec()) ?? [];
    for (const [error] of results) if (error) throw error;
    return true;
  }

  async touch(key: string): Promise<void> {
    const { client } = this.#link;
    const [absolute, window] = (await client.hmgetBuffer(key, 'absexp', 'sldexp')) as [
      Uint8Array | null,
      Uint8Array | null,
    ];
    if (window === null || windowOf(window) !== 'some') return;
    const cap = absolute !== null && endOf(absolute) === 'some' ? msOf(absolute) - epochMs : Infinity;
    await client.pexpire(key, Math.min(msOf(window), cap - this.#clock.now()));
  }
}

const msOf = (ticks: Uint8Array) => Number(BigInt(decoder.decode(ticks)) / ticksPerMs);

/** The lifetime that `lifeText` wrote, as this machine's clock has it. */
function parseLife(life: string, now: number): { ttl: number | undefined; absolute: string; window: string } {
  const ticks = (ms: number) => String((BigInt(ms) + BigInt(epochMs)) * ticksPerMs);
  if (life === '') return { ttl: undefined, absolute: '-1', window: '-1' };
  const [relative, at, atTicks, sliding, slidingTicks] = life.split(' ');
  let ttl = Infinity;
  let absolute = '-1';
  if (relative) {
    ttl = Number(relative);
    absolute = ticks(now + ttl);
  } else if (at) {
    ttl = Number(at) - now;
    absolute = atTicks as string;
  }
  if (sliding) ttl = Math.min(ttl, Number(sliding));
  return { ttl: ttl === Infinity ? undefined : ttl, absolute, window: slidingTicks || '-1' };
}
