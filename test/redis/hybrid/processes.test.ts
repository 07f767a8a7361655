import { expect, it } from 'vitest';
import { kept, leavesNoProcessBehind } from '../servers/kept.js';
import { instanceName, startRedis } from '../servers/redis-server.js';
import { describeWithRedis } from '../servers/requirement.js';
import { until } from '../servers/waiting.js';
import { rawClient } from '../tools.js';
import { type Event, replacements } from './replacements.js';
import { startWorkers, type Worker } from './workers.js';

leavesNoProcessBehind();

describeWithRedis('several processes', () => {
  async function four(options: Parameters<typeof startWorkers>[3] = {}) {
    const server = await kept(startRedis());
    const workers = await startWorkers(4, server.url, instanceName(), options);
    return { server, workers };
  }
  const stampede = (workers: readonly Worker[], args: object) =>
    Promise.all(
      workers.map((worker) => worker.run('stampede', { callers: 250, ms: 100, ...args }) as Promise<string[]>),
    );
  const runs = (workers: readonly Worker[]) => workers.flatMap(({ factories }) => factories).length;

  it('with 250 callers each run one factory in all', async () => {
    const { workers } = await four();
    for (let round = 1; round <= 5; round++) {
      const values = await stampede(workers, { key: `k${round}` });
      expect(new Set(values.flat()).size).toBe(1);
      expect(runs(workers)).toBe(round);
    }
  });

  it('are held up by a loader that was killed for no longer than the lease', async () => {
    const { workers } = await four({ leaseDuration: '1s' });
    const [victim, ...others] = workers as [Worker, ...Worker[]];
    void victim.run('stampede', { key: 'k', callers: 10, ms: 60_000 });
    await until(() => runs([victim]) === 1, 'the factory runs');
    const begun = performance.now();
    victim.kill();
    const values = await stampede(others, { key: 'k' });
    expect(new Set(values.flat()).size).toBe(1);
    expect(runs(others)).toBe(1);
    // The lease, the factory's 100 ms, and what a busy machine takes.
    expect(performance.now() - begun).toBeLessThan(1_700);
  });

  it('are held up by a loader that fails for no deadline', async () => {
    const { workers } = await four({ leaseDuration: '60s' });
    const [failing, ...others] = workers as [Worker, ...Worker[]];
    const failed = failing.run('stampede', { key: 'k', callers: 10, ms: 200, fails: true });
    await until(() => runs([failing]) === 1, 'the factory runs');
    const begun = performance.now();
    const values = await stampede(others, { key: 'k' });
    expect(await failed).toEqual(['error source']);
    expect(new Set(values.flat()).size).toBe(1);
    expect(runs(others)).toBe(1);
    expect(performance.now() - begun).toBeLessThan(1_500);
  });

  it('that were frozen themselves serve nothing that changed meanwhile', async () => {
    const { server, workers } = await four({ maxStaleness: '500ms' });
    const [one, other] = workers as [Worker, Worker];
    await one.run('set', { key: 'k', value: 'old' });
    await until(async () => {
      await other.run('get', { key: 'k' });
      return (await other.run('peek', { key: 'k' })) === 'old';
    }, 'the other one holds it');
    other.freeze();
    // Its connections are cut meanwhile, so that no message waits for it.
    const raw = await rawClient(server.port);
    await one.run('set', { key: 'k', value: 'new' });
    await raw.command('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
    await new Promise((resolve) => setTimeout(resolve, 600));
    const seen = other.run('peek', { key: 'k' });
    other.thaw();
    expect(await seen).toBeNull();
    expect(await other.run('get', { key: 'k' })).toBe('new');
  });

  it.each([
    ['that all write', [0.2, 0.2, 0.2, 0.2]],
    // A write drops its own process's copies, too: those that only read live by messages alone.
    ['of which two only read', [0.02, 0.002, 0, 0]],
  ])('%s at random give nothing that was removed before', async (_, writes) => {
    const { workers } = await four();
    const keys = ['a', 'b', 'c'];
    const histories = await Promise.all(
      workers.map(
        (worker, i) => worker.run('history', { ms: 2_000, keys, seed: 1 + i, writes: writes[i] }) as Promise<Event[]>,
      ),
    );
    const births = new Map(
      histories
        .flat()
        .flatMap(([kind, , , ended, value]) => (kind === 'set' ? [[value as number, ended] as const] : [])),
    );
    const replaced = histories.map(replacements);
    for (const [own, history] of histories.entries()) {
      const wrong = history.filter(([kind, key, begun, , value]) => {
        if (kind !== 'read') return false;
        // A loaded value is the time at which its factory began. One that was set is born when the set is executed, by its end.
        const born = births.get(value as number) ?? (value as number) / 10;
        return replaced.some((of, i) => (of.get(key)?.lastBefore(i === own ? begun : begun - messageTime) ?? 0) > born);
      });
      expect(wrong).toEqual([]);
    }
    expect(histories.flat().length).toBeGreaterThan(3_000);
  });
});

// Of what others change a process is told within this, in us; on a busy machine a message waits for its turn.
const messageTime = 500_000;
