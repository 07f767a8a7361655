import { filled, keysOf, timed } from './hits.mjs';

export const title = 'Local hit, one hot key';
export const unit = 'ns';

export async function prepare(library) {
  const keys = keysOf(1);
  const cache = await filled(library, keys, 100);
  return () => timed(cache, keys, 100_000);
}
