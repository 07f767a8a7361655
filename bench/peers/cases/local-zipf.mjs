import { filled, keysOf, timed, zipf } from './hits.mjs';

export const title = 'Local hit, 100,000 keys of which some are popular (Zipf)';
export const unit = 'ns';

export async function prepare(library) {
  const keys = keysOf(100_000);
  const cache = await filled(library, keys, 100);
  const list = zipf(keys, 50_000);
  return () => timed(cache, list, 50_000);
}
