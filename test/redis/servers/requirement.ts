import { describe, it } from 'vitest';
import { instanceName, sharedRedis } from './redis-server.js';
import { lookUpServer, type ServerLookup, which } from './server-binary.js';

// Looked up, and installed if need be, while the file is loaded: no test or hook has a deadline then.
const server = await lookUpServer();

const reasonOf = (found: ServerLookup): string | undefined =>
  found.binary === undefined
    ? `${found.reason}. Install redis-server or valkey-server (Debian: apt-get install redis-server; macOS: brew install redis), or name one in TEST_REDIS_SERVER`
    : undefined;

const withoutServer = reasonOf(server);
const withoutShared =
  withoutServer && !process.env.TEST_REDIS_URL ? `${withoutServer}, or a running one in TEST_REDIS_URL` : undefined;
const withoutTls =
  withoutServer ?? ((await which('openssl')) ? undefined : 'openssl, which makes the certificates, is not on the PATH');

/** A `describe` for tests that start servers of their own: to kill them, to freeze them, to count what they hold. */
export function describeWithRedis(name: string, body: () => void): void {
  describeUnless(withoutServer, name, body);
}

/** The same, where `startTls` is needed. */
export function describeWithTls(name: string, body: () => void): void {
  describeUnless(withoutTls, name, body);
}

/** A `describe` for tests that some server will do for (`sharedRedis`), and a prefix for their keys. */
export function describeWithSharedRedis(
  name: string,
  body: (redis: { readonly url: string; readonly instanceName: string }) => void,
): void {
  describeUnless(withoutShared, name, async () => {
    const redis = withoutShared === undefined ? await sharedRedis() : undefined;
    body({ url: redis?.url ?? 'redis://skipped', instanceName: instanceName() });
  });
}

/** Skips loudly where something is missing; fails there on CI, where a skipped suite would be seen by nobody. */
export function describeUnless(missing: string | undefined, name: string, body: () => void | Promise<void>): void {
  if (missing === undefined) {
    describe(name, body);
  } else if (isCi(process.env.CI)) {
    describe(name, () => {
      it('has what it needs', () => {
        throw new Error(`with CI set, nothing is skipped: ${missing}`);
      });
    });
  } else {
    console.warn(`\nSKIPPED: ${name}\n  ${missing}.\n`);
    describe.skip(name, body);
  }
}

const isCi = (value: string | undefined) => value !== undefined && !['', '0', 'false'].includes(value);
