import { abortCases } from './contract/abort.js';
import { batchCases } from './contract/batch.js';
import { capabilityCases } from './contract/capabilities.js';
import type { Suite } from './contract/context.js';
import { exactExpirationCases } from './contract/exact-expiration.js';
import { expirationCases } from './contract/expiration.js';
import { invalidationCases } from './contract/invalidations.js';
import { keyCases } from './contract/keys.js';
import { leaseEndCases } from './contract/lease-ends.js';
import { leaseReplaceCases } from './contract/lease-replace.js';
import { leaseCases } from './contract/leases.js';
import { lifecycleCases } from './contract/lifecycle.js';
import { lifetimeValidationCases } from './contract/lifetime-validation.js';
import type { ContractOptions } from './contract/options.js';
import { prefixCases } from './contract/prefixes.js';
import { runnerOf, suiteOf } from './contract/suite.js';
import { timestampCases } from './contract/timestamps.js';
import { valueCases } from './contract/values.js';

const areas: readonly (readonly [name: string, register: (suite: Suite) => void])[] = [
  ['capabilities', capabilityCases],
  ['keys', keyCases],
  ['values', valueCases],
  ['expiration', expirationCases],
  ['expiration to the millisecond', exactExpirationCases],
  ['invalid expiration', lifetimeValidationCases],
  ['abort', abortCases],
  ['lifecycle', lifecycleCases],
  ['batch', batchCases],
  ['prefixes', prefixCases],
  ['leases', leaseCases],
  ['timestamps', timestampCases],
  ['the end of a lease', leaseEndCases],
  ['replace', leaseReplaceCases],
  ['invalidations', invalidationCases],
];

/**
 * The contract suite: every guarantee of `DistributedCache`, each as a named case of your test runner. A backend or a
 * decorator that passes works under everything that stands on the interface.
 *
 * @param name - What the suite is called in the runner's output.
 * @throws TypeError `ERR_INVALID_OPTION` without `create`, for a capability that does not exist, or where no runner was
 *   given and the test runner has no global `describe` and `it`.
 * @example
 * import { describe, it } from 'vitest'; // or '@jest/globals', or 'node:test'
 *
 * const clock = new FakeClock();
 * describeDistributedCache('MyCache', {
 *   create: () => new MyCache({ clock }),
 *   clock,
 *   capabilities: ['lifecycle', 'batch'],
 *   runner: { describe, it },
 * });
 */
export function describeDistributedCache(name: string, options: ContractOptions): void {
  const runner = runnerOf(options);
  runner.describe(name, () => {
    for (const [area, register] of areas) {
      // Collected first: an area without cases for this cache must not become an empty suite, which some runners fail.
      const { suite, cases } = suiteOf(options);
      register(suite);
      if (cases.length === 0) continue;
      runner.describe(area, () => {
        for (const { name, run } of cases) runner.it(name, run);
      });
    }
  });
}
