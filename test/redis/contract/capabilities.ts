import type { ContractCapability } from 'distributed-cache/testing';
import { describe, it } from 'vitest';

const everything: ContractCapability[] = ['lifecycle', 'batch', 'prefixes', 'leases', 'invalidations', 'timestamps'];

/** What the contract suite is told of a cache on a real server. Its time is real, so a busy machine gets some of it. */
export const onRealServer = { capabilities: everything, unit: 400, runner: { describe, it } };

/** For failOpen: a case with a thousand keys may take a while on a busy machine, and what is late is a miss. */
export const patient = { deadline: '10s' } as const;
