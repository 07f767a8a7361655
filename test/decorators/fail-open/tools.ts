import {
  BackendError,
  type CacheEvent,
  type DecoratedCache,
  type DistributedCache,
  decorate,
  ErrorCode,
  type FailOpenOptions,
  failOpen,
  type Operation,
} from 'distributed-cache';
import { ChaosCache, createTestCache } from 'distributed-cache/testing';
import { deferred, settle, text } from '../../helpers/tools.js';

export { failOpen, settle, text };

export const textOf = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);

/** A fail-open cache over a memory cache that can be cut off, on one clock. */
export function setUp(options: FailOpenOptions = {}, wrap: (inner: DistributedCache) => DistributedCache = (c) => c) {
  const { cache: memory, clock } = createTestCache();
  const chaos = new ChaosCache(memory, { clock });
  const events: CacheEvent[] = [];
  const cache = failOpen(wrap(chaos), { ...options, onEvent: (event) => void events.push(event) });
  return {
    memory,
    clock,
    chaos,
    cache,
    events,
    /** From now on nothing reaches the backend. */
    cut: () => chaos.configure({ failBefore: 1 }),
    restore: () => chaos.configure({ failBefore: 0, failAfter: 0, hang: 0 }),
    /** Lets time go by, and what it sets going come to its end. */
    pass: async (ms: number) => {
      await settle();
      for (let left = ms; left > 0; left -= 50) {
        clock.advance(Math.min(50, left));
        await settle();
      }
    },
    get: async (key: string, from: DistributedCache = cache) => textOf(await from.get(key)),
    /** What was told, without hits and misses. */
    told: () => events.filter(({ type }) => type !== 'hit' && type !== 'miss'),
    typesTold: () => events.map(({ type }) => type).filter((type) => type !== 'hit' && type !== 'miss'),
  };
}

/** Opens the breaker, by failures that have nothing to do with the keys of the test. */
export async function openBreaker(cache: DistributedCache): Promise<void> {
  for (let i = 0; i < 5; i++) await cache.get('opens the breaker');
}

export const backendError = (code: ErrorCode) => new BackendError(code, `made up: ${code}`);
export const unavailable = () => backendError(ErrorCode.backendUnavailable);

/** One call that has arrived at a {@link gated} backend. */
export interface Step {
  readonly name: Operation['name'];
  readonly keys: readonly string[];
  /** Carries it out. */
  execute(): Promise<void>;
  /** Gives the answer; carries it out first, if it was not. */
  answer(): Promise<void>;
  /** Answers with an error, whether it was carried out or not. */
  fail(error?: unknown): Promise<void>;
}

/** A backend whose operations are carried out, and answered, only when the test says so. */
export function gated(options: FailOpenOptions = {}) {
  const { cache: memory, clock } = createTestCache();
  const steps: Step[] = [];
  let isOpen = false;
  const backend: DistributedCache = decorate(memory, {
    name: 'gated',
    around: <Result>({ name, keys }: Operation, next: () => Promise<Result>) => {
      if (isOpen) return next();
      const answer = deferred<Result>();
      let result: Promise<Result> | undefined;
      const execute = async () => {
        result ??= next();
        await result;
      };
      steps.push({
        name,
        keys,
        execute,
        async answer() {
          await execute();
          result?.then(answer.resolve, answer.reject);
          await settle();
        },
        async fail(error: unknown = unavailable()) {
          answer.reject(error);
          await settle();
        },
      });
      return answer.promise;
    },
  });
  const events: CacheEvent[] = [];
  const cache: DecoratedCache = failOpen(backend, { ...options, onEvent: (event) => void events.push(event) });
  return {
    memory,
    clock,
    backend,
    cache,
    events,
    steps,
    /** The earliest call of this name, taken out of those that wait. */
    async take(name: Operation['name']): Promise<Step> {
      await settle();
      const index = steps.findIndex((step) => step.name === name);
      if (index < 0) throw new Error(`no ${name} among: ${steps.map((step) => step.name).join(', ')}`);
      return steps.splice(index, 1)[0] as Step;
    },
    /** Answers everything that waits and that comes, at once. */
    async open() {
      isOpen = true;
      await settle();
      while (steps.length > 0) await steps.shift()?.answer();
    },
    async pass(ms: number) {
      await settle();
      for (let left = ms; left > 0; left -= 50) {
        clock.advance(Math.min(50, left));
        await settle();
      }
    },
    get: async (key: string, from: DistributedCache = cache) => textOf(await from.get(key)),
  };
}
