import { nameOf } from '../core/assert-capability.js';
import { atMost } from '../core/at-most.js';
import { doorOf } from '../core/door.js';
import { CacheClosedError } from '../core/errors.js';
import { safely } from '../core/events.js';
import { checkBoolean } from '../core/options.js';
import { Calls } from './calls.js';
import { Coherence } from './coherence.js';
import { DistributedBackend } from './distributed-backend.js';
import { Engine } from './engine.js';
import { HitClock, monotonic } from './hit-clock.js';
import { LocalBackend } from './local-backend.js';
import { LocalTier } from './local-tier.js';
import type { HybridCacheOptions } from './options.js';
import type { Parts } from './parts.js';
import type { LoadPlan } from './plan.js';
import type { StaleReason } from './protocol/actions.js';
import { Tags } from './protocol/tags.js';
import { settingsOf } from './settings.js';
import { Stats } from './stats.js';
import { tagKeyStart } from './tag-store.js';
import { Writes } from './writes.js';

/** What a HybridCache is driven by. */
export interface Machinery {
  readonly parts: Parts;
  readonly calls: Calls;
  readonly writes: Writes;
  /** Refreshes, in the background, what is held here and due. */
  refresh(key: string, plan: LoadPlan): void;
  /** Tells that a caller gets a value past its end that is held here. */
  staleServed(key: string, reason: StaleReason): void;
  ready(): Promise<void>;
  close(timeoutMs: number, ownsDistributed: boolean): Promise<void>;
}

/** Puts the parts of one HybridCache together. */
export function assemble(options: HybridCacheOptions): Machinery {
  const settings = settingsOf(options);
  checkBoolean(options.ownsDistributed ?? false, 'ownsDistributed');
  const { distributed } = options;
  const { clock } = settings;
  const emit = safely(options.onEvent);
  const now = monotonic(clock);
  const stats = new Stats();
  const name = distributed === undefined ? 'hybrid' : `hybrid(${nameOf(distributed)})`;
  // Also for what is no cache at all: an error that names the option.
  if (distributed !== undefined) doorOf(distributed);

  const backend =
    distributed === undefined
      ? new LocalBackend()
      : new DistributedBackend({ cache: distributed, name, emit, monotonic: now });
  const tags = new Tags({
    times: (wanted) => backend.tagTimes(wanted),
    // What is not told when it changes counts for the bound.
    trust: () => ({ armed: Infinity, none: settings.maxStalenessMs, down: 0 })[coherence.state],
    now,
    timeOf: backend instanceof LocalBackend ? backend.timeOf : undefined,
  });
  const tier =
    settings.local &&
    new LocalTier({
      ...settings.local,
      clock: new HitClock(clock),
      tags,
      serializer: settings.defaults.serializer,
      evicted: (key) => {
        stats.evictions++;
        emit?.({ type: 'evicted', cache: name, key, reason: 'capacity' });
      },
      silent: () => coherence.silent(),
    });

  const coherence: Coherence = new Coherence({
    source: distributed?.invalidations,
    clock,
    monotonic: now,
    maxStalenessMs: settings.maxStalenessMs,
    events: {
      keys: (keys) => {
        for (const key of keys) changed(key);
      },
      everything: () => {
        tier?.clear();
        allChanged();
      },
      lostTouch: () => {
        // First, while what is known of tags still counts.
        tier?.loseTouch();
        allChanged();
      },
      bound: (bound) => {
        if (tier !== undefined) tier.bound = bound;
      },
      restored: () => emit?.({ type: 'coherenceRestored', cache: name }),
      lost: (reason) => emit?.({ type: 'coherenceLost', cache: name, reason }),
      failed: (error) => emit?.({ type: 'backendFailed', cache: name, key: '', operation: 'listen', error }),
    },
  });
  const parts: Parts = { name, settings, emit, backend, local: tier, tags, coherence, clock, monotonic: now, stats };
  const engine: Engine = new Engine(parts);
  const writes = new Writes(parts, engine);

  function allChanged(): void {
    tags.allChanged();
    engine.keys.channelChanged();
  }

  function changed(key: string): void {
    if (key.startsWith(tagKeyStart)) {
      writes.tagChanged(key.slice(tagKeyStart.length));
      return;
    }
    if (tier?.drop(key)) emit?.({ type: 'invalidated', cache: name, key, by: 'other' });
    engine.keys.keyMessage(key);
  }

  coherence.start();

  return {
    parts,
    calls: new Calls({ ...settings, engine, coherence, monotonic: now, stats, name, emit }),
    writes,
    refresh: (key, plan) => engine.refreshKey(key, plan),
    staleServed: (key, reason) => engine.staleServed({ key }, reason),
    async ready() {
      const both = Promise.all([distributed?.lifecycle?.ready(), coherence.ready()]).catch(() => {});
      await atMost(clock, settings.connectTimeoutMs, both);
    },
    async close(timeoutMs, ownsDistributed) {
      await atMost(clock, timeoutMs, engine.idle());
      for (const flight of engine.keys.flights()) flight.abandon(new CacheClosedError(name));
      await coherence.close();
      tier?.close();
      if (ownsDistributed) await distributed?.lifecycle?.close();
    },
  };
}
