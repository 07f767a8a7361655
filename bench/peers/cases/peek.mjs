import { filled, keysOf } from './hits.mjs';

export const title = 'peek, one hot key';
export const unit = 'ns';

export async function prepare(library) {
  const [key] = keysOf(1);
  const cache = await filled(library, [key], 100);
  if (cache.peek === undefined) return undefined;
  const hits = 200_000;
  return () => {
    const began = performance.now();
    let found = 0;
    for (let n = 0; n < hits; n++) if (cache.peek(key) !== undefined) found++;
    if (found !== hits) throw new Error('it was not held');
    return ((performance.now() - began) * 1e6) / hits;
  };
}
