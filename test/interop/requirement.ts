import { describe, it } from 'vitest';
import { describeWithRedis } from '../redis/servers/requirement.js';
import { dotnetOnPath } from './dotnet-build.js';
import { nameOf, type Packages, packageSets } from './packages.js';

const without = 'there is no .NET SDK 10 on the PATH, so nothing is tried against the real thing';

/**
 * A `describe` for tests against real .NET processes, once for each set of packages. Without an SDK it is skipped loudly; on CI, where a
 * skipped suite would be seen by nobody, it fails.
 */
export function describeWithDotnet(name: string, body: (packages: Packages) => void): void {
  describeWithRedis(name, () => {
    describeWithSdk('', () => {
      for (const packages of packageSets) describe(nameOf(packages), () => body(packages));
    });
  });
}

/** The same, for a suite that needs all sets at once. */
export function describeWithDotnetOnce(name: string, body: () => void): void {
  describeWithRedis(name, () => describeWithSdk(packageSets.map(nameOf).join(' and '), body));
}

/** The same, for a suite that needs an SDK alone. */
export function describeWithSdk(name: string, body: () => void): void {
  if (dotnetOnPath()) {
    describe(name, body);
  } else if (['', '0', 'false'].includes(process.env.CI ?? '')) {
    console.warn(`\nSKIPPED: ${name || 'test/interop'}\n  ${without}.\n`);
    describe.skip(name, body);
  } else {
    it('has what it needs', () => {
      throw new Error(`with CI set, nothing is skipped: ${without}`);
    });
  }
}
