import { checkOptionalFunction } from './options.js';
import { reportCallbackError } from './report.js';

/** What every event has. */
interface EventBase {
  /** The name of the cache that the event is about: `'memory'`, `'prefixed(memory)'`. */
  readonly cache: string;
}

/** What every event about one key has. */
interface KeyEvent extends EventBase {
  /** As the caller of that cache named it; decorators see it without what they add. */
  readonly key: string;
}

/**
 * Everything that a cache, a decorator or a helper tells its `onEvent` listener. Events never carry values.
 * New kinds may come in minor versions: give a `switch` a default.
 */
export type CacheEvent =
  | (KeyEvent & {
      /** A read found an entry. */
      readonly type: 'hit';
      /** Where a cache of two tiers found it: in this process, or in the distributed cache. */
      readonly tier?: 'local' | 'distributed' | undefined;
    })
  | (KeyEvent & {
      /** A read found none. */
      readonly type: 'miss';
      /** `'unknown'` where the layer that tells can't see why. */
      readonly reason: 'absent' | 'expired' | 'unknown';
    })
  | (KeyEvent & {
      /** An entry was stored. */
      readonly type: 'set';
      /** The value's length. */
      readonly bytes: number;
    })
  | (KeyEvent & {
      /** An entry was removed on request. A provider tells it only for one that existed. */
      readonly type: 'removed';
    })
  | (EventBase & {
      /** Everything was removed by `clear()`. */
      readonly type: 'cleared';
    })
  | (KeyEvent & {
      /** The cache itself gave up an entry. */
      readonly type: 'evicted';
      readonly reason: 'expired' | 'capacity';
    })
  | (KeyEvent & {
      /**
       * A value was not stored, which is no error. `'tooLarge'`: larger than the whole cache. `'refused'`: a loaded value
       * that the backend did not take, because the key was removed or replaced while it was being loaded (or for a
       * reason that the backend tells itself). `'expired'`: its absolute time came while it was loaded. `'keyTooLong'`: by
       * the limit of a HybridCache; for `'tooLarge'` too its limit counts.
       */
      readonly type: 'rejected';
      readonly reason: 'tooLarge' | 'refused' | 'expired' | 'keyTooLong';
    })
  | (KeyEvent & {
      /** What is stored could not be read as what was asked for; it counts as a miss. */
      readonly type: 'corrupt';
      readonly error: unknown;
    })
  | (KeyEvent & {
      /** A factory ran and gave a value. */
      readonly type: 'loaded';
      readonly durationMs: number;
    })
  | (KeyEvent & {
      /** A factory failed or was aborted. */
      readonly type: 'loadFailed';
      readonly durationMs: number;
      readonly error: unknown;
    })
  | (KeyEvent & {
      /** A call shares a load that was under way. */
      readonly type: 'flightJoined';
    })
  | (KeyEvent & {
      /**
       * The backend failed at something that no caller is told of otherwise: the caller has its value already, or goes
       * on without. `key` is the first of several, the prefix, or empty for `listen`. `'touch'`: a sliding window was not
       * restarted; `'replay'`: a removal that was remembered could not be made up for yet.
       */
      readonly type: 'backendFailed';
      readonly operation: BackendOperation | 'store' | 'touch' | 'replay';
      readonly error: unknown;
    })
  | (EventBase & {
      /**
       * The backend lacks something, so another way is taken from now on; told once for each feature. `'scripts'`: plain
       * commands, without leases. `'tracking'`: changes are told by publish/subscribe, by processes that use this library
       * only. `'batches'`: keys of different slots do not go in one call.
       */
      readonly type: 'fallback';
      readonly feature: 'scripts' | 'tracking' | 'batches';
      readonly error: unknown;
    })
  | (KeyEvent & {
      /** A value that still counts is refreshed in the background, since most of its life is over. */
      readonly type: 'refreshStarted';
    })
  | (KeyEvent & {
      /** A caller got a value past its expiration, since nothing better could be had (`failSafe`), or it asked for that. */
      readonly type: 'staleServed';
      /**
       * `'failed'`: the factory did. `'timeout'`: it takes longer than `softTimeout`. `'throttled'`: it failed a short while ago.
       * `'allowed'`: by a read with `allowStale`.
       */
      readonly reason: 'failed' | 'timeout' | 'throttled' | 'allowed';
    })
  | (KeyEvent & {
      /** A value's time was ended by `expire()`. */
      readonly type: 'expired';
    })
  | (KeyEvent & {
      /** A call waits for another process, which is loading the key. */
      readonly type: 'loadAwaited';
    })
  | (KeyEvent & {
      /** A local copy was dropped because somebody changed or removed the entry, or it expired in the distributed cache. */
      readonly type: 'invalidated';
      /** `'self'`: by a call of this cache. `'other'`: the distributed cache told it, also of an own change. */
      readonly by: 'self' | 'other';
    })
  | (KeyEvent & {
      /** A tag was removed: nothing that was stored with it before counts any more. The key is the tag, `'*'` for all. */
      readonly type: 'tagRemoved';
    })
  | (EventBase & {
      /** From now on changes by others are heard: local copies are served. */
      readonly type: 'coherenceRestored';
    })
  | (EventBase & {
      /** Changes by others may go unheard: no local copy counts any more. `'silence'`: the channel did not prove itself in time. */
      readonly type: 'coherenceLost';
      readonly reason: 'down' | 'silence';
    })
  | (EventBase & {
      /** A fail-open cache stops asking its backend, but for a probe now and then. */
      readonly type: 'breakerOpened';
      /** The last of the failures that opened it. */
      readonly error: unknown;
    })
  | (EventBase & {
      /** A fail-open cache uses its backend again. */
      readonly type: 'breakerClosed';
      /** How long it did not. */
      readonly openMs: number;
    })
  | (KeyEvent & {
      /**
       * The backend may still hold a value that was removed or replaced. It is hidden in this process, and will be removed
       * as soon as the backend can be reached. For `'removeByPrefix'` the key is the prefix.
       */
      readonly type: 'removalRemembered';
      readonly reason: 'remove' | 'set' | 'removeByPrefix';
    })
  | (KeyEvent & {
      /** A remembered removal was made up for. */
      readonly type: 'removalReplayed';
    })
  | (EventBase & {
      /**
       * More removals were to be remembered than a fail-open cache remembers by name. The rest is remembered in a form
       * that takes some other keys for removed as well, which costs loads.
       */
      readonly type: 'removalsOverflowed';
      readonly limit: number;
    });

/** An operation of a backend, as events and `decorate` name it. */
export type BackendOperation =
  | 'get'
  | 'set'
  | 'refresh'
  | 'remove'
  | 'getMany'
  | 'setMany'
  | 'removeMany'
  | 'removeByPrefix'
  | 'keys'
  | 'getOrLease'
  | 'commit'
  | 'release'
  | 'replace'
  | 'listen'
  | 'setStamped'
  | 'raise'
  | 'readTimes';

/** A listener. One that throws breaks nothing. */
export type EventListener = (event: CacheEvent) => void;

/** What takes a listener. */
export interface EventOptions {
  /** Called with each event; no event object is made without it. */
  readonly onEvent?: EventListener | undefined;
}

// Listeners of which a failure was printed.
const reported = new WeakSet<EventListener>();

/**
 * The listener made safe: what it throws, or rejects with, reaches no caller of the cache. The first such error of a
 * listener is printed, so that a broken listener is noticed, and not a line for each event.
 *
 * @throws TypeError `ERR_INVALID_OPTION` for what is no function.
 */
export function safely(listener: EventListener | undefined): EventListener | undefined {
  checkOptionalFunction(listener, 'onEvent');
  if (listener === undefined) return undefined;
  const report = (error: unknown) => {
    if (!reported.has(listener))
      reportCallbackError('an onEvent listener (further failures of it are not shown)', error);
    reported.add(listener);
  };
  return (event) => {
    try {
      const result: unknown = listener(event);
      if (result instanceof Promise) result.catch(report);
    } catch (error) {
      report(error);
    }
  };
}

/** One listener that tells both, in this order; `undefined` where there is none. */
export function bothListeners(
  first: EventListener | undefined,
  second: EventListener | undefined,
): EventListener | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return (event) => {
    first(event);
    second(event);
  };
}
