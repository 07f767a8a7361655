import { nameOf } from '../../core/assert-capability.js';
import type { DistributedCache } from '../../core/cache.js';
import { Deadlines } from '../../core/deadlines.js';
import { doorOf } from '../../core/door.js';
import { bothListeners, type EventListener, safely } from '../../core/events.js';
import { Breaker } from './breaker.js';
import { Guard } from './guard.js';
import { type FailOpenOptions, settingsOf } from './options.js';
import { OwedRaises } from './owed-raises.js';
import { OwedReleases } from './owed-releases.js';
import type { Parts } from './parts.js';
import { RememberedRemovals } from './remembered-removals.js';
import { Replay } from './replay.js';

// In the background a removal by prefix may scan for so long: nobody waits for it.
const patienceMs = 60_000;

/** Puts the parts of one fail-open cache together. */
export function assemble(wrapped: DistributedCache, options: FailOpenOptions): Parts {
  const door = doorOf(wrapped);
  const settings = settingsOf(options, door.clock);
  const { clock, deadlineMs } = settings;
  const { within, state } = door;
  const own = safely(options.onEvent);
  const name = `failOpen(${nameOf(wrapped)})`;
  const emit = bothListeners(own, toldBelow(nameOf(wrapped), door.emit));

  const breaker = new Breaker(settings, {
    opened: (error) => {
      emit?.({ type: 'breakerOpened', cache: name, error });
      replay.arm();
    },
    closed: (openMs) => {
      emit?.({ type: 'breakerClosed', cache: name, openMs });
      replay.start();
    },
  });
  const removals = new RememberedRemovals(settings.maxRemembered, {
    remembered: (key, reason) => {
      emit?.({ type: 'removalRemembered', cache: name, key, reason });
      replay.arm();
    },
    suspected: (key) => {
      emit?.({ type: 'removalRemembered', cache: name, key, reason: 'remove' });
      if (breaker.isOpen) replay.arm();
      else replay.start();
    },
    madeUp: (key) => emit?.({ type: 'removalReplayed', cache: name, key }),
    overflowed: (limit) => emit?.({ type: 'removalsOverflowed', cache: name, limit }),
  });
  // Where the backend keeps deadlines itself, ours is for what lies between it and us, and comes after its own: the
  // wheel may turn an eighth too early.
  const deadlines = new Deadlines(clock, within ? Math.ceil((deadlineMs * 8) / 7) : deadlineMs);
  const guard = new Guard({ name, breaker, deadlines, state, emit });
  const inner = within ? within(deadlineMs) : wrapped;
  const raises = new OwedRaises(settings.maxRemembered);
  const replay = new Replay({
    name,
    inner,
    patient: within ? within(patienceMs) : wrapped,
    patience: new Deadlines(clock, patienceMs),
    guard,
    breaker,
    removals,
    releases: new OwedReleases(settings.maxRemembered),
    raises,
    clock,
    intervalMs: settings.probeIntervalMs,
    emit,
  });
  return { name, wrapped, inner, guard, removals, replay, raises, settings, own, emit };
}

/** The wrapped cache's listener, told in that cache's own name. */
function toldBelow(cache: string, emit: EventListener | undefined): EventListener | undefined {
  return emit && ((event) => emit({ ...event, cache }));
}
