import { describeUnless, describeWithRedis } from '../redis/servers/requirement.js';
import { dotnetOnPath } from './dotnet-build.js';
import { nameOf, type Packages, packageSets } from './packages.js';

const without = dotnetOnPath()
  ? undefined
  : 'there is no .NET SDK 10 on the PATH, so nothing is tried against the real thing';

/**
 * A `describe` for tests against real .NET processes, once for each set of packages. Without an SDK it is skipped loudly; on CI, where a
 * skipped suite would be seen by nobody, it fails.
 */
export function describeWithDotnet(name: string, body: (packages: Packages) => void): void {
  describeWithSdk(name, () => {
    for (const packages of packageSets) describeWithRedis(nameOf(packages), () => body(packages));
  });
}

/** The same, for a suite that needs all sets at once. */
export function describeWithDotnetOnce(name: string, body: () => void): void {
  describeWithSdk(name, () => describeWithRedis(packageSets.map(nameOf).join(' and '), body));
}

/** The same, for a suite that needs an SDK alone. */
export function describeWithSdk(name: string, body: () => void): void {
  describeUnless(without, name, body);
}
