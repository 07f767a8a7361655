import { equal } from './assert.js';
import type { Suite } from './context.js';

const all = ['lifecycle', 'batch', 'prefixes', 'leases', 'invalidations', 'timestamps'] as const;

/** That a cache has what it promises, and promises what it has: what is not listed is not tested. */
export function capabilityCases(suite: Suite): void {
  suite.it('it has exactly the capabilities that are listed', async ({ cache }) => {
    for (const capability of all) {
      const promised = suite.promises(capability);
      const what = promised ? 'it is listed in capabilities, so it must be there' : 'it is not listed in capabilities';
      equal(cache[capability] !== undefined, promised, `whether the cache has '${capability}' (${what})`);
    }
  });
}
