import { isCacheError, isProgrammingError } from '../core/errors.js';
import type { BackendOperation } from '../core/events.js';
import { Factories } from './factories.js';
import type { Parts } from './parts.js';
import type { LoadPlan } from './plan.js';
import type { FlightActions, StaleReason, Verdict } from './protocol/actions.js';
import { Flight } from './protocol/flight.js';
import { Keys } from './protocol/keys.js';
import type { Found, Loaded, Stale } from './protocol/values.js';
import { Refreshes } from './refreshes.js';

// How long a waiter relies on being told, in ms: while changes are heard, and while they are not.
const pollArmedMs = 1_000;
const pollMs = 50;

/** Carries out what flights decide, and brings them the answers. */
export class Engine implements FlightActions {
  readonly keys = new Keys();
  readonly #parts: Parts;
  readonly #refreshes: Refreshes;
  readonly #factories: Factories;
  /** How much is under way that no flight waits for. */
  #background = 0;
  #idle: (() => void)[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#refreshes = new Refreshes(parts.monotonic);
    this.#factories = new Factories(parts);
  }

  get isIdle(): boolean {
    return this.keys.isEmpty && this.#background === 0;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (!this.isIdle) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Does what is no flight's and no operation's on one key, so that who waits for all to be over waits for it too. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#background++;
    try {
      return await work();
    } finally {
      this.#background--;
      this.settle();
    }
  }

  /** Something is over: tells who waits for all to be. */
  settle(): void {
    if (!this.isIdle) return;
    for (const resolve of this.#idle) resolve();
    this.#idle = [];
  }

  read(flight: Flight): void {
    this.#begin(flight);
    this.#answer(flight, 'get', this.#parts.backend.read(flight.key, flight.policy), (found) => flight.wasRead(found));
  }

  /** Begins flights whose keys are read together. */
  readMany(flights: readonly Flight[]): void {
    if (flights.length === 0) return;
    for (const flight of flights) this.#begin(flight);
    const keys = flights.map(({ key }) => key);
    const policies = flights.map(({ policy }) => policy);
    this.#parts.backend.readMany(keys, policies).then(
      (found) => {
        for (const [i, flight] of flights.entries()) flight.wasRead(found[i] as Found);
      },
      (error: unknown) => {
        for (const flight of flights) this.#notAnswered(flight, 'getMany', error);
      },
    );
  }

  /** Cold tags that the caller names are read together with the entry. */
  #begin(flight: Flight): void {
    flight.begunAt = this.#parts.monotonic();
    this.#parts.tags.prefetch(flight.policy.tags);
  }

  acquire(flight: Flight, replace: Uint8Array | undefined, mine: string | undefined): void {
    const { backend, monotonic } = this.#parts;
    flight.begunAt = monotonic();
    const acquired = backend.acquire(flight.key, { policy: flight.policy, replace, mine });
    this.#answer(flight, 'getOrLease', acquired, ({ reply, found }) => flight.wasAcquired(reply, found));
  }

  judge({ tags, created }: Stale): Verdict {
    return this.#parts.tags.judge(tags, created);
  }

  lookAtTags(flight: Flight, value: Found): void {
    const look = this.#parts.tags.look(value.tags, value.created);
    this.#answer(flight, 'readTimes', look, (isValid) => flight.tagsRead(value, isValid));
  }

  #answer<Reply>(
    flight: Flight,
    operation: BackendOperation,
    reply: Promise<Reply>,
    take: (reply: Reply) => void,
  ): void {
    reply.then(take, (error: unknown) => this.#notAnswered(flight, operation, error));
  }

  #notAnswered(flight: Flight, operation: BackendOperation, error: unknown): void {
    if (isProgrammingError(error) || isCacheError(error, 'ERR_CACHE_CLOSED')) {
      flight.abandon(error);
      return;
    }
    this.#failed(flight.key, operation, error);
    flight.notAnswered(error);
  }

  #failed(key: string, operation: BackendOperation, error: unknown): void {
    this.#parts.emit?.({ type: 'backendFailed', cache: this.#parts.name, key, operation, error });
  }

  load(flight: Flight): void {
    this.#factories.run(flight);
  }

  commit(flight: Flight, token: string, value: Loaded): void {
    const { backend, monotonic, emit, name } = this.#parts;
    const { key, policy } = flight;
    backend.commit(key, token, value, policy, monotonic() - flight.begunAt).then(
      (isStored) => {
        if (isStored) emit?.({ type: 'set', cache: name, key, bytes: value.bytes });
        else emit?.({ type: 'rejected', cache: name, key, reason: 'refused' });
        flight.wasCommitted(value, isStored);
      },
      (error: unknown) => {
        this.#failed(key, 'commit', error);
        flight.wasCommitted(value, false);
      },
    );
  }

  release(flight: Flight, token: string): void {
    const { key } = flight;
    // Nobody waits for it, but for `close()`.
    this.during(() => this.#parts.backend.release(key, token)).catch((error: unknown) =>
      this.#failed(key, 'release', error),
    );
  }

  copyOf(key: string): Stale | undefined {
    return this.#parts.local?.copyOf(key);
  }

  lookAtStale(flight: Flight, value: Stale, reason: StaleReason): void {
    this.#parts.tags.look(value.tags, value.created).then(
      (isValid) => flight.staleJudged(value, isValid, reason),
      (error: unknown) => {
        this.#failed(flight.key, 'readTimes', error);
        flight.staleJudged(value, value.isUnheard === true, reason);
      },
    );
  }

  isThrottled({ retryAt }: Found): boolean {
    return this.#parts.monotonic() < retryAt;
  }

  throttle(flight: Flight, value: Stale): void {
    const { coherence, local, monotonic, settings } = this.#parts;
    const { failSafe } = flight.policy;
    if (failSafe === undefined) return;
    // What is not stored for all counts for the bound, as all that is kept without the distributed cache.
    const most = coherence.state === 'none' ? Infinity : settings.maxStalenessMs;
    local?.throttle(flight.key, value, monotonic() + Math.min(failSafe.throttleDuration, most));
  }

  commitAgain(flight: Flight, token: string, value: Found): void {
    const { backend, monotonic } = this.#parts;
    const throttleMs = flight.policy.failSafe?.throttleDuration ?? 0;
    const again = { ...value, isStale: true, expiresAt: -Infinity, retryAt: monotonic() + throttleMs };
    backend.commitAgain(flight.key, token, value, throttleMs).then(
      (isStored) => flight.wasCommittedAgain(again, isStored),
      (error: unknown) => {
        this.#failed(flight.key, 'commit', error);
        flight.wasCommittedAgain(again, false);
      },
    );
  }

  staleServed({ key }: Pick<Flight, 'key'>, reason: StaleReason): void {
    const { emit, name, stats } = this.#parts;
    stats.staleServed++;
    emit?.({ type: 'staleServed', cache: name, key, reason });
  }

  wait(flight: Flight, ms: number): void {
    const { clock, coherence, emit, name, stats } = this.#parts;
    stats.waits++;
    emit?.({ type: 'loadAwaited', cache: name, key: flight.key });
    const poll = coherence.state === 'armed' ? pollArmedMs : pollMs;
    flight.timer = clock.setTimeout(() => flight.timeIsUp(), Math.max(1, Math.min(ms, poll)));
  }

  stopWaiting(flight: Flight): void {
    this.#parts.clock.clearTimeout(flight.timer);
  }

  isDue(value: Found): boolean {
    return value.refreshAt <= this.#parts.monotonic();
  }

  refresh(flight: Flight, value: Found): void {
    this.refreshKey(flight.key, flight.plan as LoadPlan, value);
  }

  /**
   * Refreshes a value that still counts, unless that is under way, or failed just now.
   *
   * @param value - What the distributed tier holds, if that was just read.
   */
  refreshKey(key: string, plan: LoadPlan, value?: Found): void {
    const { emit, local, name, stats } = this.#parts;
    const notBefore = this.#refreshes.notBefore(key);
    local?.rearm(key, notBefore ?? Infinity);
    if (notBefore !== undefined || this.keys.loading(key).length > 0) return;
    const flight = new Flight(key, plan.policy, this);
    this.keys.add(flight);
    this.#refreshes.begun(flight);
    stats.refreshes++;
    emit?.({ type: 'refreshStarted', cache: name, key });
    flight.refresh(plan, value);
  }

  hit(flight: Flight): void {
    if (flight.isRefresh) return;
    const { emit, name, stats } = this.#parts;
    stats.distributedHits++;
    emit?.({ type: 'hit', cache: name, key: flight.key, tier: 'distributed' });
  }

  missed(flight: Flight): void {
    if (flight.isRefresh) return;
    const { emit, name, stats } = this.#parts;
    stats.misses++;
    emit?.({ type: 'miss', cache: name, key: flight.key, reason: 'unknown' });
  }

  keep(flight: Flight, value: Found): void {
    if (this.#parts.coherence.state !== 'down') this.keepValue(flight.key, value);
    else if (flight.isLoading) this.keepForAWhile(flight, value);
  }

  /** Keeps a value that the distributed tier holds. */
  keepValue(key: string, value: Found): void {
    const { local, tags } = this.#parts;
    if (local === undefined) return;
    const verdict = tags.judge(value.tags, value.created);
    if (verdict !== 'invalid') local.keep(key, value, verdict === 'valid');
  }

  keepForAWhile(flight: Flight, value: Found): void {
    const { coherence, local, settings } = this.#parts;
    // Its tags can't be looked at: it counts while nothing is heard of them.
    if (local === undefined || flight.tagsChanged) return;
    const end = flight.begunAt + settings.maxStalenessMs;
    const expiresAt = Math.min(value.expiresAt, end);
    // While nothing is heard it stays as one to fall back on, as all other copies do. Else a removal that nobody tells of, since the
    // distributed cache does not hold it, would leave it here.
    const isUnheard = coherence.state === 'down';
    local.keep(
      flight.key,
      { ...value, expiresAt, staleUntil: isUnheard ? value.staleUntil : -Infinity },
      true,
      isUnheard,
    );
  }

  loading(key: string, token: string): Flight | undefined {
    return this.keys.loading(key).find((flight) => flight.token === token);
  }

  tokenOf(key: string, asker: Flight): string | undefined {
    return this.keys.loading(key).find((flight) => flight !== asker && flight.token !== undefined)?.token;
  }

  ended(flight: Flight): void {
    this.keys.delete(flight);
    this.#factories.stop(flight);
    const notBefore = this.#refreshes.ended(flight);
    if (notBefore !== undefined) this.#parts.local?.rearm(flight.key, notBefore);
    this.settle();
  }
}
