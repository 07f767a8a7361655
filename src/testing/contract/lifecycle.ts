import type { DistributedCache, Lifecycle } from 'distributed-cache';
import { check, isMissing, rejects } from './assert.js';
import { callsOf, invalidationsOf } from './calls.js';
import type { Suite } from './context.js';

const closed = { type: 'CacheClosedError', codes: ['ERR_CACHE_CLOSED'] } as const;
const silent = { keys: () => {}, all: () => {}, up: () => {}, down: () => {} };

function lifecycleOf({ lifecycle }: DistributedCache): Lifecycle {
  check(lifecycle !== undefined, 'lifecycle', 'one, as it is listed in capabilities', lifecycle);
  return lifecycle as Lifecycle;
}

/** How a cache starts and ends. */
export function lifecycleCases(suite: Suite): void {
  if (!suite.promises('lifecycle')) return;
  suite.it('ready resolves, also when it is asked again', async ({ cache }) => {
    isMissing(await lifecycleOf(cache).ready(), 'what ready gives');
    isMissing(await lifecycleOf(cache).ready(), 'what ready gives');
  });
  suite.it('close may be called twice', async ({ cache }) => {
    await lifecycleOf(cache).close();
    await lifecycleOf(cache).close();
  });
  suite.it('asyncDispose closes', async ({ cache }) => {
    await lifecycleOf(cache)[Symbol.asyncDispose]();
    await rejects(() => cache.get('k'), closed, 'get after asyncDispose');
  });
  for (const { name, run } of callsOf(suite)) {
    suite.it(`${name} after close rejects with CacheClosedError`, async ({ cache }) => {
      await lifecycleOf(cache).close();
      await rejects(() => run(cache, 'k'), closed, `${name} after close`);
    });
  }
  if (suite.promises('invalidations')) {
    suite.it('listen after close rejects with CacheClosedError', async ({ cache }) => {
      await lifecycleOf(cache).close();
      await rejects(() => invalidationsOf(cache).listen(silent), closed, 'listen after close');
    });
  }
}
