// Loops of local hits, for the cases that time them.

/** An object whose JSON takes about so many bytes. */
export const valueWith = (id, bytes) => ({ id, name: 'a product', text: 'x'.repeat(Math.max(0, bytes - 40)) });

/** @param kind - Which of a library's caches: `local`, `redis`, `tiered`. `undefined` where it has none such. */
export async function filled(library, keys, bytes, kind = 'local') {
  const { BENCH_REDIS: url } = process.env;
  const cache = await library[kind]?.({ maxEntries: 2 * keys.length, url, prefix: `bench-${process.pid}:` });
  if (cache === undefined) return undefined;
  for (const [id, key] of keys.entries()) await cache.getOrCreate(key, async () => valueWith(id, bytes));
  return cache;
}

export const noFactory = () => {
  throw new Error('a hit calls no factory');
};

/** ns a hit, over a list of keys. */
export async function timed(cache, list, hits) {
  const began = performance.now();
  for (let n = 0, i = 0; n < hits; n++) {
    await cache.getOrCreate(list[i], noFactory);
    if (++i === list.length) i = 0;
  }
  return ((performance.now() - began) * 1e6) / hits;
}

export const keysOf = (count) => Array.from({ length: count }, (_, i) => `product:${i}`);

/** Keys as popular as words are: the n-th is asked for 1/n as often as the first (Zipf, exponent 1). The same list for all. */
export function zipf(keys, length) {
  const sums = [];
  let sum = 0;
  for (let rank = 1; rank <= keys.length; rank++) {
    sum += 1 / rank;
    sums.push(sum);
  }
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  return Array.from({ length }, () => {
    const wanted = random() * sum;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    return keys[low];
  });
}
