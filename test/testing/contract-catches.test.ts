import { MemoryCache, NoopCache } from 'distributed-cache';
import { type ContractOptions, describeDistributedCache, FakeClock } from 'distributed-cache/testing';
import { describe, expect, it } from 'vitest';
import { capabilityMutants } from './capability-mutants.js';
import { entryMutants } from './entry-mutants.js';
import { mutated } from './mutant.js';
import { RecordingRunner } from './recording-runner.js';

const capabilities = ['lifecycle', 'batch', 'prefixes', 'leases', 'invalidations', 'timestamps'] as const;

function record(options: Partial<ContractOptions> & Pick<ContractOptions, 'create'>): RecordingRunner {
  const runner = new RecordingRunner();
  describeDistributedCache('recorded', { capabilities, runner, ...options });
  return runner;
}

describe('the contract suite', () => {
  it.each([...entryMutants, ...capabilityMutants])('catches a cache that $what', async (mutant) => {
    const clock = new FakeClock();
    const failures = await record({ create: () => mutated(new MemoryCache({ clock }), mutant), clock }).failures();
    expect([...failures.keys()]).toContain(mutant.caughtBy);
  });

  it('finds nothing in the cache that the broken ones are made from', async () => {
    const clock = new FakeClock();
    const good = { what: '', caughtBy: '', change: () => ({}) };
    const runner = record({ create: () => mutated(new MemoryCache({ clock }), good), clock });
    expect(await runner.failures()).toEqual(new Map());
  });

  it('catches a cache that holds nothing, unless that is what it is for', async () => {
    const clock = new FakeClock();
    const options = {
      create: () => new NoopCache({ clock }),
      clock,
      capabilities: ['lifecycle', 'batch', 'prefixes'],
    } as const;
    expect((await record(options).failures()).size).toBeGreaterThan(50);
    expect((await record({ ...options, retains: false }).failures()).size).toBe(0);
  });

  it('catches a capability that is not listed', async () => {
    const failures = await record({ create: () => new NoopCache(), capabilities: [], retains: false }).failures();
    expect([...failures.keys()]).toEqual(['it has exactly the capabilities that are listed']);
  });

  it('says what was expected and what was got', async () => {
    const mutant = { what: '', caughtBy: '', change: () => ({ get: async () => Uint8Array.of(7) }) };
    const failures = await record({
      create: () => mutated(new MemoryCache(), mutant),
      clock: new FakeClock(),
    }).failures();
    expect(failures.get('a removed entry is a miss until it is set again')).toBe(
      'get after remove: expected undefined, got Uint8Array of 1 bytes [7].',
    );
  });

  it('gives every case a name of its own', () => {
    const names = record({ create: () => new MemoryCache(), clock: new FakeClock() }).cases.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(200);
    expect(new Set(names).size).toBe(names.length);
  });

  it('registers fewer cases without a clock, without capabilities, and for a cache that holds nothing', () => {
    const create = () => new MemoryCache();
    const clock = new FakeClock();
    const all = record({ create, clock }).cases.length;
    expect(record({ create }).cases.length).toBeLessThan(all);
    expect(record({ create, clock, capabilities: [] }).cases.length).toBeLessThan(all);
    expect(record({ create, clock, retains: false }).cases.length).toBeLessThan(all);
  });

  it('closes the cache of each case, also of one that failed', async () => {
    const closed: boolean[] = [];
    const runner = record({
      create: () => {
        const cache = new MemoryCache();
        const close = async () => void closed.push(true);
        const lifecycle = { ready: async () => {}, close, [Symbol.asyncDispose]: close };
        return {
          ...mutated(cache, { what: '', caughtBy: '', change: () => ({ lifecycle }) }),
          get: async () => undefined,
        };
      },
      clock: new FakeClock(),
      capabilities: [],
    });
    await runner.failures();
    expect(closed.length).toBe(runner.cases.length);
  });

  it('takes the global describe and it, looked up at the call', () => {
    const create = () => new MemoryCache();
    const names: string[] = [];
    const scope = globalThis as { describe?: unknown; it?: unknown };
    scope.describe = (_name: string, body: () => void) => body();
    scope.it = (name: string) => names.push(name);
    try {
      describeDistributedCache('global', { create });
    } finally {
      delete scope.describe;
      delete scope.it;
    }
    expect(names).toContain('an absent key is a miss, and refresh and remove of it do nothing');
    expect(() => describeDistributedCache('none', { create })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining('{ describe, it }') }),
    );
  });

  it('refuses options that can not be meant', () => {
    const runner = new RecordingRunner();
    const create = () => new MemoryCache();
    const bad = { create, capabilities: ['batches'], runner } as unknown as ContractOptions;
    expect(() => describeDistributedCache('bad', bad)).toThrow(/^capabilities: .+ got "batches"\.$/);
    const none = { runner } as unknown as ContractOptions;
    expect(() => describeDistributedCache('none', none)).toThrow(/^create: expected a function/);
  });
});
