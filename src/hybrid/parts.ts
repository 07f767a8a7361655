import type { Clock } from '../core/clock.js';
import type { EventListener } from '../core/events.js';
import type { Backend } from './backend.js';
import type { Coherence } from './coherence.js';
import type { LocalTier } from './local-tier.js';
import type { Tags } from './protocol/tags.js';
import type { Settings } from './settings.js';
import type { Stats } from './stats.js';

/** What one HybridCache is made of. */
export interface Parts {
  readonly name: string;
  readonly settings: Settings;
  readonly emit: EventListener | undefined;
  readonly backend: Backend;
  readonly local: LocalTier | undefined;
  readonly tags: Tags;
  readonly coherence: Coherence;
  readonly clock: Clock;
  /** The monotonic clock, in ms. */
  readonly monotonic: () => number;
  readonly stats: Stats;
}
