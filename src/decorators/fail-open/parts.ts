import type { DistributedCache } from '../../core/cache.js';
import type { EventListener } from '../../core/events.js';
import { type Signal, throwIfAborted } from '../../core/signal.js';
import type { CallSubject, Pass } from './attempt.js';
import type { Guard } from './guard.js';
import type { Settings } from './options.js';
import type { OwedRaises } from './owed-raises.js';
import type { RememberedRemovals } from './remembered-removals.js';
import type { Replay } from './replay.js';

/** What the parts of one fail-open cache share. */
export interface Parts {
  readonly name: string;
  readonly wrapped: DistributedCache;
  /** The wrapped cache; where it knows deadlines, the view of it that keeps ours. */
  readonly inner: DistributedCache;
  readonly guard: Guard;
  readonly removals: RememberedRemovals;
  readonly replay: Replay;
  readonly raises: OwedRaises;
  readonly settings: Settings;
  /** This cache's own listener: what is below tells its own hits. */
  readonly own: EventListener | undefined;
  /** Every listener, those of the caches below in their own names. */
  readonly emit: EventListener | undefined;
}

type Operation = CallSubject['operation'];

/** The way of a read that needs a closer look, and whose arguments have been checked. What is hidden is not read. */
export function admitRead(parts: Parts, operation: Operation, key: string, signal?: Signal | undefined): Pass {
  const { guard, removals } = parts;
  guard.checkOpen();
  throwIfAborted(signal);
  return removals.hidesUsed(key) ? 'skip' : guard.enter(operation, key);
}

/** The way of a write that needs a closer look, and whose arguments have been checked. */
export function admitWrite({ guard }: Parts, operation: Operation, key: string, signal?: Signal | undefined): Pass {
  guard.checkOpen();
  throwIfAborted(signal);
  return guard.enter(operation, key);
}

/** Tells this cache's own listener what a read gave. */
export function tellRead({ own, name }: Parts, key: string, value: Uint8Array | undefined): void {
  if (value === undefined) own?.({ type: 'miss', cache: name, key, reason: 'unknown' });
  else own?.({ type: 'hit', cache: name, key });
}
