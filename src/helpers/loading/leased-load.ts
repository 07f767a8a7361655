import { type LeaseOperations, type LeaseOptions, type LeaseReply, sameStart } from '../../core/capabilities.js';
import type { Clock } from '../../core/clock.js';
import { onAbort, type Signal } from '../../core/signal.js';
import { Missing } from '../value-reader.js';
import type { Flight } from './flight.js';
import type { Loader } from './loader.js';
import { sharedState } from './shared-state.js';

// How often a call that waits for another process's loader looks, in ms: soon at first, then less and less often.
const firstPoll = 10;
const lastPoll = 250;

/** What a leased load needs beside its loader. */
export interface LeasedLoad<T> {
  readonly loader: Loader<T>;
  readonly leases: LeaseOperations;
  readonly durationMs: number;
  /** The first bytes of the value that the caller found and can't use. */
  readonly replace: Uint8Array | undefined;
  /** The load of the key that is under way in this process, and that the caller began too late to share unasked. */
  readonly earlier: Flight<T> | undefined;
}

/**
 * Asks the backend for the value or for the lease to load it, until one of them comes; this is the run of a flight.
 *
 * The earlier load's token goes with the question: the answer `own` says that nothing happened to the key since that
 * load's grant, so its value is as good as one loaded now (`docs/architecture.md`, Leases, rule 8). Any other answer says that the key was
 * removed or replaced, and the earlier load's value must not be given to calls that began after that.
 */
export async function leasedLoad<T>(flight: Flight<T>, load: LeasedLoad<T>): Promise<T> {
  const { loader, leases, durationMs } = load;
  const { reader } = loader;
  let { replace, earlier } = load;
  let poll = firstPoll;
  for (;;) {
    const asked = sharedState().begun;
    const mine = earlier?.token;
    flight.sharedUpTo = asked;
    const reply = await ask(load, { duration: durationMs, replace, mine, token: crypto.randomUUID() });
    if (flight.signal.aborted) {
      if (reply.kind === 'lease') loader.release(() => leases.release(reader.key, reply.token));
      throw flight.signal.reason;
    }
    if (reply.kind === 'none') return loadAlone(flight, load);
    if (reply.kind === 'lease') return loadUnder(reply.token, flight, load);
    if (reply.kind === 'hit') {
      const value = await reader.judge(reply.value);
      if (!(value instanceof Missing)) return value;
      // A backend that gives the very value again that it was asked to replace can give no lease for it.
      if (replace !== undefined && sameStart(reply.value, replace)) return loadAlone(flight, load);
      replace = value.replace;
      continue;
    }
    if (earlier?.signal.aborted) earlier = undefined;
    if (reply.kind === 'own' && earlier !== undefined) return rejoin(flight, earlier, asked);
    // The earlier load was granted its lease after this question was sent: ask again, as its companion.
    if (earlier?.token !== mine) continue;
    // Another has the lease now: what the earlier load brings is out of date.
    if (mine !== undefined) earlier = undefined;
    // Whoever comes while this load waits may share it: its next question is asked after they began.
    flight.sharedUpTo = Infinity;
    await sleep(reader.door.clock, Math.min(reply.remaining, poll), flight.signal);
    poll = Math.min(poll * 2, lastPoll);
    // What is there by then is to be judged anew.
    replace = undefined;
  }
}

/** The earlier load is as good as one that begins now: it takes its place again, for all who began before the question. */
function rejoin<T>(flight: Flight<T>, earlier: Flight<T>, asked: number): Promise<T> {
  flight.token = earlier.token;
  earlier.sharedUpTo = Math.max(earlier.sharedUpTo, asked);
  flight.giveWayTo(earlier);
  return earlier.join(flight.signal, flight);
}

/** A question whose answer is lost may have been granted: the lease is given back, lest all wait for its deadline. */
async function ask<T>(
  { loader, leases }: LeasedLoad<T>,
  options: LeaseOptions & { token: string },
): Promise<LeaseReply> {
  const { key } = loader.reader;
  try {
    return await leases.getOrLease(key, options);
  } catch (error) {
    loader.release(() => leases.release(key, options.token));
    throw error;
  }
}

/** Without a lease nothing may be stored, and nothing can be asked: whoever comes shares the load. */
function loadAlone<T>(flight: Flight<T>, { loader }: LeasedLoad<T>): Promise<T> {
  flight.sharedUpTo = Infinity;
  return loader.load(flight, { store: async () => false, release: async () => {} });
}

function loadUnder<T>(token: string, flight: Flight<T>, { loader, leases }: LeasedLoad<T>): Promise<T> {
  const { key } = loader.reader;
  flight.token = token;
  return loader.load(flight, {
    store: (bytes, options) => leases.commit(key, token, bytes, options),
    release: () => leases.release(key, token),
  });
}

function sleep(clock: Clock, ms: number, signal: Signal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => {
      stop();
      resolve();
    }, ms);
    const stop = onAbort(signal, () => {
      clock.clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
