import type { DistributedCache, LeaseOptions, LeaseReply } from 'distributed-cache';
import { equal } from './assert.js';
import { leasesOf } from './calls.js';

/** Longer than any case takes in real time. */
export const minute = { duration: 60_000 } as const;

// Not Extract: 'busy' and 'own' are one member of the union.
type ReplyOf<Kind, Reply = LeaseReply> = Reply extends { kind: infer Kinds }
  ? Kind extends Kinds
    ? Reply
    : never
  : never;

/** Asks, and fails unless the answer is of this kind. */
export async function ask<Kind extends LeaseReply['kind']>(
  cache: DistributedCache,
  kind: Kind,
  options: LeaseOptions = minute,
  key = 'k',
): Promise<ReplyOf<Kind>> {
  const reply = await leasesOf(cache).getOrLease(key, options);
  equal(reply.kind, kind, `the kind of getOrLease's answer for '${key}'`);
  return reply as ReplyOf<Kind>;
}

/** The token of a lease on `key`, which must be free. */
export async function grant(cache: DistributedCache, options: LeaseOptions = minute, key = 'k'): Promise<string> {
  return (await ask(cache, 'lease', options, key)).token;
}

/** Commits, and fails unless it was accepted. */
export async function accepted(cache: DistributedCache, token: string, value: Uint8Array): Promise<void> {
  equal(await leasesOf(cache).commit('k', token, value), true, 'what commit gives');
}

/** Commits, and fails unless it was refused. */
export async function refused(cache: DistributedCache, token: string, value: Uint8Array): Promise<void> {
  equal(await leasesOf(cache).commit('k', token, value), false, 'what commit gives');
}
