import { filled, keysOf, timed } from './hits.mjs';

export const title = 'Allocated per local hit, beside what `await` itself takes';
export const unit = 'bytes';
/** The difference to the bound is what counts, not the ratio. */
export const isDifference = true;
// So much that nothing is collected while it is measured.
export const flags = ['--max-semi-space-size=256', '--min-semi-space-size=256'];

export async function prepare(library) {
  const keys = keysOf(100);
  const cache = await filled(library, keys, 100);
  const hits = 10_000;
  return async () => {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    await timed(cache, keys, hits);
    return (process.memoryUsage().heapUsed - before) / hits;
  };
}
