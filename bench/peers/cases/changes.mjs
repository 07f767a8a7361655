// How long another process still gives a value after this one's change of it is over.
import { Redis } from 'ioredis';
import { median, quantile } from '../../quantile.mjs';
import { another, sharedNow } from './processes.mjs';

/** @param options - `lost`: whether the message of the change is lost; `giveUpAfter` ms. */
export async function changes(library, { count, lost, giveUpAfter }) {
  const { BENCH_REDIS: url } = process.env;
  const prefix = `bench-${process.pid}:`;
  const cache = await library.tiered?.({ url, prefix, maxEntries: 10_000 });
  if (cache?.change === undefined) return undefined;
  const other = await another(library.name, prefix);
  const server = new Redis(url);
  let version = 0;

  /** ms from the end of a change until the other process does not give the old value. */
  async function change() {
    const key = `changing:${version % 10}`;
    const old = ++version;
    await cache.change(key, { value: old });
    other.tell({ kind: 'watch', key, value: old, giveUpAfter });
    await other.answer();
    const seen = other.answer();
    other.tell({ kind: 'tell', value: ++version });
    // The other process's connection for messages goes, and with it the message, whatever the library does about that.
    if (lost) await server.client('KILL', 'TYPE', 'pubsub');
    await cache.change(key, { value: version });
    const changedAt = sharedNow();
    const { seenAt } = await seen;
    return seenAt === undefined ? undefined : Math.max(0, seenAt - changedAt);
  }

  return async () => {
    const times = [];
    for (let n = 0; n < count; n++) {
      const time = await change();
      if (time === undefined) return { value: giveUpAfter, note: `still the old value after ${giveUpAfter / 1_000} s` };
      times.push(time);
    }
    return { value: median(times), more: { p99: quantile(times, 0.99) } };
  };
}
