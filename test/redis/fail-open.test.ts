import { type CacheEvent, failOpen, getOrCreate } from 'distributed-cache';
import { RedisCache } from 'distributed-cache/redis';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { errorLines, type FakeBehaviour, startFakeServer } from './servers/fake-server.js';
import { kept } from './servers/kept.js';
import { freePort } from './servers/ports.js';
import { type RedisServer, startRedis } from './servers/redis-server.js';
import { describeWithRedis } from './servers/requirement.js';
import { until } from './servers/waiting.js';
import { rawClient, text, textOf } from './tools.js';

const deadline = 250;
const probeInterval = 1_000;
// What a timer may be late by on a busy machine; the deadlines themselves have a margin.
const lateness = 60;

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.removeListener('unhandledRejection', note));
afterEach(() => expect(unhandled.splice(0)).toEqual([]));

/** A fail-open cache with the default settings, and what it told. */
function failingOpen(connection: string) {
  const events: CacheEvent[] = [];
  const cache = failOpen(new RedisCache({ connection, instanceName: 'app:' }), {
    onEvent: (event) => void events.push(event),
  });
  onTestFinished(() => cache.close());
  return { cache, events, has: (type: CacheEvent['type']) => events.some((event) => event.type === type) };
}

/** 200 calls in a row, each for a key of its own: none may throw. */
async function outage(cache: ReturnType<typeof failingOpen>['cache']) {
  const times: number[] = [];
  for (let i = 0; i < 200; i++) {
    const started = performance.now();
    expect(await getOrCreate(cache, `${i}`, () => i, { relativeExpiration: '1m' })).toBe(i);
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return { median: times[100] as number, slowest: times.at(-1) as number };
}

/** Milliseconds until what one call stored is there for the next. */
async function untilUsed(cache: ReturnType<typeof failingOpen>['cache']): Promise<number> {
  const started = performance.now();
  let attempts = 0;
  await until(async () => {
    let loads = 0;
    const key = `again ${++attempts}`;
    await getOrCreate(cache, key, () => ++loads);
    await getOrCreate(cache, key, () => ++loads);
    return loads === 1;
  }, 'the cache is used again');
  return performance.now() - started;
}

function expectGentle({ median, slowest }: { median: number; slowest: number }, deadlines = 1): void {
  expect(slowest).toBeLessThan(deadlines * deadline + lateness);
  expect(median).toBeLessThan(1);
}

describe('failOpen, with a server that is not there', () => {
  it('throws nothing, waits for one deadline at most, and uses the server as soon as there is one', async () => {
    const port = await freePort();
    // The first call loads it, which holds up the deadline's timer for as long as a busy machine takes to read the code.
    await import('ioredis');
    const { cache, has } = failingOpen(`redis://127.0.0.1:${port}`);
    expectGentle(await outage(cache));
    expect(has('breakerOpened')).toBe(true);
  });
});

describeWithRedis('failOpen, with a server that goes', () => {
  async function inUse() {
    const server = await kept(startRedis());
    const opened = failingOpen(server.url);
    await getOrCreate(opened.cache, 'before', () => 1);
    return { server, ...opened };
  }

  const outages: Record<string, { begin(server: RedisServer): unknown; end(server: RedisServer): unknown }> = {
    killed: { begin: (server) => server.kill(), end: (server) => server.restart() },
    frozen: { begin: (server) => server.freeze(), end: (server) => server.thaw() },
  };
  for (const [state, { begin, end }] of Object.entries(outages)) {
    it(`${state}: throws nothing, waits for one deadline at most, and is used again within a probe interval`, async () => {
      const { server, cache, has } = await inUse();
      await begin(server);
      expectGentle(await outage(cache));
      expect(has('breakerOpened')).toBe(true);
      await end(server);
      expect(await untilUsed(cache)).toBeLessThan(probeInterval + 2 * deadline);
      expect(has('breakerClosed')).toBe(true);
    });
  }

  it('that refused connections from the start: is used within a probe interval of being there', async () => {
    const port = await freePort();
    const { cache } = failingOpen(`redis://127.0.0.1:${port}`);
    await outage(cache);
    await kept(startRedis({ port }));
    expect(await untilUsed(cache)).toBeLessThan(probeInterval + 2 * deadline);
  });

  it('hides a value that was removed while the server was away, and removes it there before anything else', async () => {
    const { server, cache, has } = await inUse();
    await cache.set('k', text('old'));
    await server.freeze();
    await cache.remove('k');
    expect(await cache.get('k')).toBeUndefined();
    server.thaw();
    await until(() => has('removalReplayed'), 'the removal is made up for');
    const raw = await rawClient(server.port);
    expect(await raw.command('EXISTS', 'app:k')).toBe(0);
    await untilUsed(cache);
    expect(await getOrCreate(cache, 'k', () => 'new')).toBe('new');
  });

  it('a set that was given up refuses itself when it arrives late', async () => {
    const { server, cache } = await inUse();
    await cache.set('k', text('old'));
    await server.freeze();
    await cache.set('k', text('late'));
    // Longer than the deadline: only then the server gets to see the command.
    await until(() => false, 'time passes', { timeout: 2 * deadline }).catch(() => {});
    const raw = await rawClient(server.socket);
    const seen = raw.command('HGET', 'app:k', 'data');
    server.thaw();
    expect(String(await seen)).not.toBe('late');
    await untilUsed(cache);
    expect(textOf(await cache.get('k'))).not.toBe('late');
  });
});

describeWithRedis('failOpen, with a server that answers what it should not', () => {
  const behaviours: Record<string, FakeBehaviour> = {
    'after 5 s': { kind: 'late', ms: 5_000 },
    'with garbage': { kind: 'garbage' },
    'not at all': { kind: 'silent' },
    'by closing the connection': { kind: 'close' },
    '-LOADING': { kind: 'error', line: errorLines.loading },
    '-READONLY': { kind: 'error', line: errorLines.readonly },
    '-OOM': { kind: 'error', line: errorLines.oom },
    '-NOAUTH': { kind: 'error', line: errorLines.noauth },
  };
  for (const [how, behaviour] of Object.entries(behaviours)) {
    it(`${how}: throws nothing, waits for one deadline at most, and is used again once it answers`, async () => {
      const real = await kept(startRedis());
      const fake = await kept(startFakeServer({ kind: 'answer' }, { target: real }));
      const { cache } = failingOpen(fake.url);
      await untilUsed(cache);
      fake.behave(behaviour);
      expectGentle(await outage(cache));
      fake.behave({ kind: 'answer' });
      // A connection on which something is still to be answered stays mute; it is opened anew after the command timeout.
      await untilUsed(cache);
    });
  }

  for (const [how, behaviour] of Object.entries(behaviours)) {
    // Where it answers in between, a call may wait for its read and for its lease.
    const deadlines = behaviour.kind === 'late' ? 2 : 1;
    it(`${how} from the start: throws nothing and waits for ${deadlines} deadlines at most`, async () => {
      const fake = await kept(startFakeServer(behaviour));
      const { cache } = failingOpen(fake.url);
      expectGentle(await outage(cache), deadlines);
    });
  }
});
