import {
  anything,
  boolean,
  integer,
  nothingBut,
  protocol,
  sslProtocols,
  text,
  type ValueReader,
  version,
} from './entry-values.js';
import type { RedisConnectionSettings } from './settings.js';

/** The keys whose values are kept, as far as they were written. */
export type KeptKeys = Partial<
  Omit<RedisConnectionSettings, 'endpoints' | 'hints' | 'commandTimeout'> & {
    readonly syncTimeout: number;
    readonly asyncTimeout: number;
  }
>;

const milliseconds = integer(1, 'milliseconds');

const kept: { readonly [Key in keyof KeptKeys]-?: ValueReader<KeptKeys[Key]> } = {
  abortConnect: boolean,
  ssl: boolean,
  sslHost: text,
  sslProtocols,
  checkCertificateRevocation: boolean,
  user: text,
  password: text,
  defaultDatabase: integer(0),
  name: text,
  connectTimeout: milliseconds,
  syncTimeout: milliseconds,
  asyncTimeout: milliseconds,
  connectRetry: integer(0),
  // StackExchange.Redis documents -1 for "the default", and takes 0 for the same.
  keepAlive: integer(-1, 'seconds'),
  tcpKeepAlive: boolean,
  setlib: boolean,
  serviceName: text,
  sentinelUser: text,
  sentinelPassword: text,
  protocol,
};

/** What tunes parts of StackExchange.Redis that have no counterpart here. Checked, and without effect. */
const withoutEffect: Readonly<Record<string, ValueReader<unknown>>> = {
  allowAdmin: boolean,
  resolveDns: boolean,
  highIntegrity: boolean,
  version,
  configChannel: anything,
  configCheckSeconds: integer(0, 'seconds'),
  tiebreaker: anything,
  highPriorityThreads: anything,
  preserveAsyncOrder: anything,
  responseTimeout: anything,
  writeBuffer: anything,
};

const refused: Readonly<Record<string, ValueReader<unknown>>> = {
  proxy: nothingBut('None', 'None: leases and invalidations work through no proxy'),
  tunnel: nothingBut('', 'no tunnel: connections go straight to the server'),
  // The channels of this library have names of their own.
  channelPrefix: anything,
};

/** A key that the grammar knows. */
export interface KnownKey {
  /** As the documentation spells it. */
  readonly name: string;
  readonly read: ValueReader<unknown>;
  readonly isKept: boolean;
  readonly isSecret: boolean;
}

const known = new Map<string, KnownKey>();
for (const group of [kept, withoutEffect, refused]) {
  for (const [name, read] of Object.entries(group)) {
    const isSecret = name === 'password' || name === 'sentinelPassword';
    known.set(name.toLowerCase(), { name, read, isKept: group === kept, isSecret });
  }
}

/** The key of that name, in whatever case. */
export function findKey(name: string): KnownKey | undefined {
  return known.get(name.toLowerCase());
}

/** The key that was probably meant: one that differs by one letter in three, and by two at most. */
export function nearestKey(name: string): string | undefined {
  const lower = name.toLowerCase();
  const most = Math.min(2, Math.floor(name.length / 3));
  for (const [each, key] of known) if (distance(lower, each) <= most) return key.name;
  return undefined;
}

/** How many letters must be put in, left out or changed (Levenshtein). */
function distance(from: string, to: string): number {
  // Also a bound on the work, whatever was written.
  if (Math.abs(from.length - to.length) > 2) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
