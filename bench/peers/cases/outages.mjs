// What a service with a library's default settings does while Redis is away: 200 calls one after another, a key each.
import { median, quantile } from '../../quantile.mjs';

export const unit = 'ms';
export const isCount = true;
export const rounds = 1;
export const warmUps = 0;

/** Runs one outage of a case, for each library over Redis but the bounds. */
export const outage = (library, run) =>
  (library.tiered ?? library.redis) === undefined || library.isBound ? undefined : run;

const calls = 200;
const giveUpAfter = 10_000;

/**
 * Of a cache that was made anew: the slowest of the calls that were done, in ms.
 *
 * @param used - Whether the cache is used once before Redis goes away.
 */
export async function during(library, url, { used, goAway }) {
  const times = [];
  let errors = 0;
  const giveUpAt = performance.now() + giveUpAfter;
  const late = Symbol('late');
  const inTime = (promise) => {
    let timer;
    const end = new Promise((resolve) => {
      timer = setTimeout(resolve, Math.max(0, giveUpAt - performance.now()), late);
    });
    return Promise.race([promise, end]).finally(() => clearTimeout(timer));
  };
  const make = library.tiered ?? library.redis;
  const prefix = `bench-${process.pid}-${Math.random()}:`;
  const cache = await inTime(Promise.resolve(make({ url, prefix, maxEntries: 1_000 })).catch((error) => error));
  if (cache === late || cache instanceof Error) return { value: giveUpAfter, note: 'the cache can not be made' };
  if (used) await cache.getOrCreate('before', async () => ({ id: 0 }));
  goAway();
  for (let id = 0; id < calls && performance.now() < giveUpAt; id++) {
    const began = performance.now();
    const call = Promise.resolve()
      .then(() => cache.getOrCreate(`key:${id}`, async () => ({ id })))
      .catch(() => errors++);
    if ((await inTime(call)) === late) break;
    times.push(performance.now() - began);
  }
  const done = `${times.length} of ${calls} done in ${giveUpAfter / 1_000} s`;
  const note = [...(times.length < calls ? [done] : []), ...(errors > 0 ? [`${errors} of them errors`] : [])].join(
    ', ',
  );
  const more = { median: median(times) ?? giveUpAfter };
  return { value: quantile(times, 1) ?? giveUpAfter, more, ...(note === '' ? {} : { note }) };
}
