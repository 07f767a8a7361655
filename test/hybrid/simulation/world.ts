import { HybridCache, type HybridEntryOptions } from 'distributed-cache';
import { FakeClock } from 'distributed-cache/testing';
import { decodePayload, encodePayload } from '../../../src/hybrid/payload.js';
import { type Floor, History, tagStart } from './history.js';
import type { Random } from './random.js';
import { type Command, type Effect, noted, SimCache } from './sim-cache.js';
import { type Message, SimServer } from './sim-server.js';

const lifetime = 600_000;
/** How long a value is kept in all where it may be served past its end. */
const staleLifetime = 86_400_000;
const start = new FakeClock().now();
const maxStaleness = 5_000;
const text = new TextDecoder();

/** A message on its way to one process; `proof`: of a heartbeat. */
type Delivery =
  | { readonly message: Message; readonly count: number; readonly taking: number }
  | { readonly proof: { heard: boolean; resolve(): void } };

/** One simulated process. */
class Process {
  readonly queue: Delivery[] = [];
  /** `'cut'`: messages are lost and it does not know; `'down'`: it knows; `'arming'`: tracking is on, which it does not know yet. */
  channel: 'armed' | 'cut' | 'down' | 'arming' = 'down';
  /** What had happened when tracking was turned on. */
  armedAfter: { readonly all: Floor; readonly taken: Floor } | undefined;
  /** Whether it takes itself for one that hears changes. */
  isArmed = false;
  /** How often a call got a value past its end, by key. */
  readonly staleServed = new Map<string, number>();
  cache!: HybridCache;
  sim!: SimCache;
}

/** A factory that is under way. */
interface Running {
  finish(): void;
  fail(): void;
}

export interface WorldOptions {
  readonly random: Random;
  readonly processes: number;
  /** Of every load. What is refreshed after no time at all is refreshed by every hit. */
  readonly eagerRefresh?: number | undefined;
  /** Whether values are kept past their end, and given where a factory fails. */
  readonly failSafe?: boolean | undefined;
}

/**
 * Some processes, each a real HybridCache over a simulated network, and one simulated Redis. Nothing happens by itself: each step
 * of the network, of factories and of the clock is taken by whoever drives it, and the history is checked on the way.
 */
export class World {
  readonly clock = new FakeClock();
  readonly history: History;
  readonly server: SimServer;
  readonly processes: Process[] = [];
  readonly running: Running[] = [];
  readonly trace: string[] = [];
  /** Calls that are not settled. */
  pending = 0;
  /** Whether the answer that is being brought is a failure: a factory that begins now has no lease. */
  #isFailing = false;

  /** Of all calls that load or store. */
  readonly #entry: HybridEntryOptions;

  constructor({ random, processes, eagerRefresh = 0, failSafe = false }: WorldOptions) {
    const kept = { maxDuration: staleLifetime, throttleDuration: '20s', softTimeout: '10s' } as const;
    this.#entry = { expiration: lifetime, eagerRefresh, failSafe: failSafe && kept };
    this.history = new History(this.clock, maxStaleness, processes);
    this.server = new SimServer({
      clock: this.clock,
      ticks: () => random.chance(0.7),
      tell: (message) => this.#tell(message),
    });
    for (let id = 0; id < processes; id++) this.#addProcess(id);
  }

  #addProcess(id: number): void {
    const process = new Process();
    this.processes.push(process);
    const { history } = this;
    process.sim = new SimCache(
      id,
      this.server,
      this.clock,
      {
        wasSet: (key, data) => {
          history.set(key, this.#valueIn(key, data), this.#tagsIn(key, data));
          this.#effect('keys', key);
        },
        wasRemoved: (key) => {
          history.removed(key);
          this.#effect('keys', key);
        },
        wasExpired: (key) => {
          history.expired(key);
          this.#effect('keys', key, false);
        },
        wasRaised: (tagKey) => {
          history.tagRemoved(tagKey.slice(tagStart.length));
          this.#effect('tags', tagKey.slice(tagStart.length));
        },
        wasCommitted: (key, data) => {
          const envelope = decodePayload(data, key);
          const isAgain = typeof envelope === 'object' && envelope.retryMs > 0;
          history.committed(key, this.#valueIn(key, data), isAgain);
        },
        wasGranted: (key) => history.granted(id, key),
      },
      (proof) => this.#sendProof(process, proof),
    );
    process.cache = new HybridCache({
      distributed: process.sim,
      clock: this.clock,
      maxStaleness,
      onEvent: (event) => {
        if (event.type === 'staleServed') {
          process.staleServed.set(event.key, this.#staleServed(id, event.key) + 1);
          if (event.reason !== 'allowed')
            this.#note(`${id} gives a value of ${event.key} past its end: ${event.reason}`);
        }
        if (event.type === 'coherenceRestored') process.isArmed = true;
        if (event.type !== 'coherenceLost') return;
        process.isArmed = false;
        this.#note(`${id} drops all: ${event.reason}`);
        history.knowsAll(id);
      },
    });
  }

  #sendProof(process: Process, proof: SimCache['proofs'][number]): void {
    process.sim.commands.push({
      name: 'prove',
      key: '',
      isOver: false,
      effects: [],
      from: process.sim.id,
      execute() {
        this.execute = undefined;
        if (process.channel === 'armed' || process.channel === 'arming') process.queue.push({ proof });
      },
      answer() {
        this.isOver = true;
      },
      fail() {
        this.isOver = true;
        proof.reject(new Error('not answered'));
      },
    } satisfies Command);
  }

  /** The server's messages go to all who are listened for, in order; who is cut off does not get them. */
  #tell(message: Message): void {
    const count = message === 'all' ? this.history.count : this.history.lastOf(message.key);
    const taking = message === 'all' ? this.history.count : this.history.lastOf(message.key, true);
    const delivery = { message, count, taking };
    this.processes.forEach((process, id) => {
      if (process.channel === 'armed' || process.channel === 'arming') process.queue.push(delivery);
      else this.#lose(id, delivery);
    });
  }

  #lose(id: number, delivery: Delivery): void {
    if ('proof' in delivery) return;
    const { message, count } = delivery;
    if (message === 'all')
      for (const key of this.history.soFar().keys.keys()) this.history.lost(id, 'keys', key, count);
    else if (message.key.startsWith(tagStart)) this.history.lost(id, 'tags', message.key.slice(tagStart.length), count);
    else if (message.isReal) this.history.lost(id, 'keys', message.key, count);
  }

  #valueIn(key: string, data: Uint8Array): number {
    const envelope = decodePayload(data, key);
    return typeof envelope === 'string' ? Number.NaN : Number(text.decode(envelope.payload));
  }

  #tagsIn(key: string, data: Uint8Array): readonly string[] {
    const envelope = decodePayload(data, key);
    return typeof envelope === 'string' ? [] : envelope.tags;
  }

  /** Has every process listen. */
  connect(): void {
    for (const id of this.processes.keys()) {
      this.arm(id);
      this.confirm(id);
    }
  }

  // What a process does.

  getOrCreate(id: number, key: string, tags: readonly string[] = [], signal?: AbortSignal): void {
    const factory = () => {
      if (!this.#isFailing) this.history.begins(id, key);
      const value = this.history.born(tags, !this.#isFailing);
      this.#note(`factory of ${key} in ${id} begins: ${value}${this.#isFailing ? ', without a lease' : ''}`);
      return this.#underWay([value], value);
    };
    const check = this.#checked(id, 'getOrCreate');
    const result = this.#cache(id).getOrCreate(key, factory, { ...this.#entry, tags, signal });
    this.#call(`getOrCreate ${key} in ${id}`, result, (value) => check(key, value));
  }

  get(id: number, key: string, allowStale = false): void {
    const check = this.#checked(id, 'get');
    const result = this.#cache(id).get<number>(key, { allowStale });
    this.#call(`get ${key} in ${id}${allowStale ? ', past its end too' : ''}`, result, (value) => check(key, value));
  }

  /** What every local tier would serve right now. */
  peek(keys: readonly string[]): void {
    this.processes.forEach(({ cache }, id) => {
      for (const key of keys) {
        for (const allowStale of [false, true]) {
          const check = this.#checked(id, `peek, ${allowStale}`);
          check(key, cache.peek<number>(key, { allowStale }));
        }
      }
    });
  }

  /** How what a call that starts now is given is checked. */
  #checked(id: number, what: string): (key: string, value: number | undefined) => void {
    const start = this.history.starts(id);
    const before = new Map((this.processes[id] as Process).staleServed);
    return (key, value) => {
      const isStale = this.#staleServed(id, key) > (before.get(key) ?? 0);
      const stale = isStale ? { isHeard: this.processes[id]?.isArmed === true } : undefined;
      if (value !== undefined) this.history.returned(id, key, value, start, what, stale);
    };
  }

  #staleServed(id: number, key: string): number {
    return this.processes[id]?.staleServed.get(key) ?? 0;
  }

  getMany(id: number, keys: readonly string[], load: boolean): void {
    const checkOne = this.#checked(id, 'getMany');
    const check = (values: readonly (number | undefined)[]) => {
      for (const [i, value] of values.entries()) checkOne(keys[i] as string, value);
    };
    const loader = (missing: readonly string[]) => {
      // One of the keys may have been decided by a failure long before the loader runs.
      const values = new Map(missing.map((key) => [key, this.history.born([], false)]));
      return this.#underWay([...values.values()], values);
    };
    const cache = this.#cache(id);
    const result = load ? cache.getOrCreateMany<number>(keys, loader, this.#entry) : cache.getMany<number>(keys);
    this.#call(`many in ${id}`, result, check);
  }

  /** A factory that gives these values once the driver says so. */
  #underWay<Result>(values: readonly number[], result: Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const over = (settle: () => void) => () => {
        this.running.splice(this.running.indexOf(entry), 1);
        for (const value of values) this.history.ended(value);
        settle();
      };
      const entry: Running = {
        finish: over(() => resolve(result)),
        fail: over(() => reject(new Error('source'))),
      };
      this.running.push(entry);
    });
  }

  set(id: number, key: string, tags: readonly string[] = []): void {
    const value = this.history.unborn();
    this.#write(`set ${key}`, id, (cache) => cache.set(key, value, { ...this.#entry, tags }));
  }

  remove(id: number, key: string): void {
    this.#write(`remove ${key}`, id, (cache) => cache.remove(key));
  }

  expire(id: number, key: string): void {
    this.#write(`expire ${key}`, id, (cache) => cache.expire(key));
  }

  removeByTag(id: number, tag: string): void {
    this.#write(`removeByTag ${tag}`, id, (cache) => (tag === '*' ? cache.clear() : cache.removeByTag(tag)));
  }

  removeByPrefix(id: number, prefix: string): void {
    this.#write(`removeByPrefix ${prefix}`, id, (cache) => cache.removeByPrefix(prefix));
  }

  /** An own operation: what it changed must be known in its process once it has resolved. */
  #write(name: string, id: number, run: (cache: HybridCache) => Promise<unknown>): void {
    const effects: Effect[] = [];
    const result = noted.run(effects, () => run(this.#cache(id)));
    this.#call(`${name} in ${id}`, result, () => {
      for (const { kind, name: changed, count, isTaking } of effects)
        this.history.resolved(id, kind, changed, count, isTaking);
    });
  }

  /** The command that is being executed. */
  #executing: Command | undefined;

  #effect(kind: 'keys' | 'tags', name: string, isTaking = true): void {
    this.#executing?.effects.push({ kind, name, count: this.history.count, isTaking });
  }

  #cache(id: number): HybridCache {
    return (this.processes[id] as Process).cache;
  }

  #call<Result>(name: string, result: Promise<Result>, check: (value: Result) => void): void {
    this.#note(name);
    this.pending++;
    result.then(
      (value) => {
        this.pending--;
        this.#note(`${name} gets ${value}`);
        check(value);
      },
      () => {
        this.pending--;
      },
    );
  }

  // What the network does.

  execute(command: Command): void {
    this.#note(`execute ${command.name} ${command.key} of ${command.from}`);
    this.#executing = command;
    command.execute?.();
    this.#executing = undefined;
  }

  answer(command: Command): void {
    this.#note(`answer ${command.name} ${command.key} of ${command.from}`);
    command.answer();
  }

  /** A failure, in whose step factories begin without a lease. */
  async fail(command: Command): Promise<void> {
    this.#note(`fail ${command.name} ${command.key} of ${command.from}`);
    this.#isFailing = true;
    command.fail();
    await settle();
    this.#isFailing = false;
  }

  deliver(id: number): void {
    const process = this.processes[id] as Process;
    const delivery = process.queue.shift();
    if (delivery === undefined) return;
    if ('proof' in delivery) {
      this.#note(`proof heard in ${id}`);
      delivery.proof.resolve();
      return;
    }
    const { message, count, taking } = delivery;
    this.#note(
      `${id} hears ${message === 'all' ? 'all' : message.key}${message !== 'all' && !message.isReal ? ' (silent)' : ''}`,
    );
    if (message === 'all') {
      for (const [key, last] of this.history.soFar().keys)
        this.history.heard(id, 'keys', key, Math.min(last, count), true);
      for (const [key, last] of this.history.takenSoFar().keys)
        this.history.heardTaking(id, 'keys', key, Math.min(last, count));
      process.sim.sink?.all();
    } else {
      const { key, isReal } = message;
      const isTag = key.startsWith(tagStart);
      // Before it is armed a process has no part in what nobody tells.
      if (!isReal && process.channel === 'arming') return;
      const [kind, name] = isTag ? (['tags', key.slice(tagStart.length)] as const) : (['keys', key] as const);
      this.history.heard(id, kind, name, count, isReal);
      if (isReal) this.history.heardTaking(id, kind, name, taking);
      if (isReal) process.sim.sink?.keys([key]);
    }
  }

  cut(id: number): void {
    const process = this.processes[id] as Process;
    if (process.channel !== 'armed') return;
    this.#note(`cut ${id}`);
    process.channel = 'cut';
    for (const delivery of process.queue.splice(0)) this.#lose(id, delivery);
  }

  /** The process learns that it is cut off. */
  notice(id: number): void {
    const process = this.processes[id] as Process;
    if (process.channel !== 'cut') return;
    this.#note(`notice ${id}`);
    process.channel = 'down';
    for (const proof of process.sim.proofs.splice(0)) proof.reject(new Error('down'));
    // What it must know of from here on is told by its event: after a silence it knows already.
    process.sim.sink?.down();
  }

  /** Tracking is on at the server; the process does not know it yet. */
  arm(id: number): void {
    const process = this.processes[id] as Process;
    if (process.channel !== 'down' || process.sim.sink === undefined) return;
    this.#note(`arm ${id}`);
    process.channel = 'arming';
    process.armedAfter = { all: this.history.soFar(), taken: this.history.takenSoFar() };
  }

  confirm(id: number): void {
    const process = this.processes[id] as Process;
    if (process.channel !== 'arming') return;
    this.#note(`confirm ${id}`);
    process.channel = 'armed';
    this.history.knowsAll(id, process.armedAfter?.all);
    if (process.armedAfter !== undefined) this.history.knowsTaken(id, process.armedAfter.taken);
    process.sim.sink?.up();
  }

  // What others do.

  foreignSet(key: string, tags: readonly string[] = []): void {
    this.#note(`foreign HMSET ${key}`);
    const value = this.history.unborn();
    this.history.set(key, value, tags);
    const payload = new TextEncoder().encode(String(value));
    const created = this.server.time();
    this.server.put(key, encodePayload({ key, created, durationMs: lifetime, tags, payload }), lifetime, true);
  }

  /** A value that some process stored and whose time is over, though it may be served. */
  staleSet(key: string, tags: readonly string[] = []): void {
    this.#note(`a value of ${key} past its end`);
    const value = this.history.unborn();
    this.history.set(key, value, tags);
    const payload = new TextEncoder().encode(String(value));
    const times = { created: this.server.time(), durationMs: 0, staleMs: staleLifetime };
    this.server.put(key, encodePayload({ key, ...times, tags, payload }), staleLifetime);
  }

  foreignRemove(key: string): void {
    this.#note(`foreign DEL ${key}`);
    this.history.removed(key);
    this.server.remove(key);
  }

  flush(): void {
    this.#note('FLUSHDB');
    this.history.flushed();
    this.server.flush();
  }

  get commands(): { readonly id: number; readonly command: Command }[] {
    return this.processes.flatMap(({ sim }, id) => {
      const open = sim.commands.filter(({ isOver, execute }) => !isOver || execute !== undefined);
      sim.commands.splice(0, sim.commands.length, ...open);
      return open.map((command) => ({ id, command }));
    });
  }

  /** No more faults: everything is executed, answered and delivered until all calls are settled. */
  async quiesce(): Promise<void> {
    for (let id = 0; id < this.processes.length; id++) {
      this.notice(id);
      this.arm(id);
      this.confirm(id);
    }
    for (let round = 0; round < 2_000; round++) {
      await settle();
      const { commands } = this;
      for (const { command } of commands) {
        if (command.execute !== undefined) this.execute(command);
        if (!command.isOver) this.answer(command);
      }
      for (const running of [...this.running]) running.finish();
      this.processes.forEach(({ queue }, id) => {
        while (queue.length > 0) this.deliver(id);
      });
      await settle();
      if (this.pending === 0 && this.commands.length === 0) return;
      if (commands.length === 0) this.clock.advance(500);
    }
    this.history.violations.push(`L ${this.pending} calls never returned`);
  }

  /** After all is over: what each process gives is what the server holds now, or nothing. */
  async agree(keys: readonly string[], tags: readonly string[]): Promise<void> {
    // What was kept without Redis may be there for the bound.
    this.clock.advance(maxStaleness);
    for (const key of keys) {
      const { history } = this;
      const data = this.server.get(key);
      const stored = data && this.#valueIn(key, data);
      for (const [id, { cache }] of this.processes.entries()) {
        const start = history.starts(id);
        const got = cache.get<number>(key);
        this.pending++;
        got.then(
          (value) => {
            this.pending--;
            if (value !== undefined && value !== stored)
              history.violations.push(`${id} gives ${value}, stored is ${stored}`);
            if (value !== undefined) history.returned(id, key, value, start, `the last get (${tags})`);
          },
          (error: unknown) => {
            this.pending--;
            history.violations.push(`the last get of ${key} in ${id} failed: ${error}`);
          },
        );
        await this.quiesce();
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(
      this.processes.map(({ cache }) => {
        const closing = cache.close({ timeout: 1 });
        this.clock.advance(10);
        return closing;
      }),
    );
  }

  #note(what: string): void {
    this.trace.push(`${this.clock.now() - start} ${what}`);
  }

  /** For the message of a failure. */
  report(seed: number): string {
    return `seed ${seed}: ${this.history.violations[0]}\n${this.trace.slice(-60).join('\n')}`;
  }
}

/** All that promises have to do. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
