import { filled, keysOf, timed } from './hits.mjs';

export const title = 'Local hit, values of 10 KB';
export const unit = 'ns';

export async function prepare(library) {
  const keys = keysOf(100);
  const cache = await filled(library, keys, 10_000);
  return () => timed(cache, keys, 50_000);
}
