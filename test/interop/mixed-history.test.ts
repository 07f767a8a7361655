import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Event, replacements } from '../redis/hybrid/replacements.js';
import { Worker } from '../redis/hybrid/workers.js';
import { instanceName, startRedis } from '../redis/servers/redis-server.js';
import { until } from '../redis/servers/waiting.js';
import { type Dotnet, startDotnet } from './dotnet-process.js';
import { type DotnetEvent, dotnetHistory } from './mixed-history.js';
import { packageSets } from './packages.js';
import { describeWithDotnetOnce } from './requirement.js';

// Two processes of Node and two of .NET, of every version, on one Redis. SEED=... replays the choices, MS=... makes it longer.
const seed = process.env.SEED === undefined ? Date.now() % 1_000_000 : Number(process.env.SEED);
const ms = Number(process.env.MS ?? 30_000);

const tags = { a: ['t'], b: ['t'], c: ['u'], d: ['u'] };
const keys = Object.keys(tags);
// .NET stores whole seconds.
const expirations = { a: 1_000, b: 1_500, c: 3_000, d: 300_000 };

// Of what others change a process is told within this, and .NET stores what it loaded within it, in us; on a busy machine each
// waits for its turn.
const delay = 500_000;
// Between the clocks of the processes, and of when they are read, in us.
const tolerance = 50_000;

describeWithDotnetOnce('HybridCache: two processes of each', () => {
  const ends: (() => Promise<void>)[] = [];
  let nodes: Worker[];
  let dotnets: Dotnet[];

  beforeAll(async () => {
    const server = await startRedis();
    ends.push(() => server.stop());
    const prefix = instanceName();
    const started = [0, 1].map((i) => {
      const packages = packageSets[i % packageSets.length] as (typeof packageSets)[number];
      return startDotnet({ packages, redisPort: server.port, instanceName: prefix });
    });
    dotnets = await Promise.all(started);
    ends.push(...dotnets.map((dotnet) => () => dotnet.stop()));
    nodes = [0, 1].map(() => new Worker(server.url, prefix, {}));
    ends.push(...nodes.map((worker) => () => worker.stop()));
    await Promise.all(nodes.map((worker) => worker.ready()));
  }, 330_000);
  afterAll(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  it(
    'for 30 s: Node gives nothing that was removed before, and nothing outlives its time anywhere',
    async () => {
      const common = { ms, keys, tags, expirations };
      const [ofNode, ofDotnet] = await Promise.all([
        Promise.all(
          nodes.map((worker, i) =>
            // At rest for a while: four processes that never are would take the machine from the tests beside them.
            worker.run('history', { ...common, seed: seed + i, mark: i, writes: 0.1, rest: 12 }),
          ) as Promise<Event[]>[],
        ),
        Promise.all(
          dotnets.map(({ hybrid }, i) => dotnetHistory(hybrid, { ...common, seed: seed + 2 + i, mark: 2 + i })),
        ),
      ]);

      // When a value was born at the latest: a load's of Node when its factory began, a set's and .NET's when it was over. .NET stores
      // what it loaded after it has answered.
      const timeOf = (value: number) => Math.floor(value / 10);
      const births = new Map<number, { readonly created: number; readonly stored: number }>();
      for (const [kind, , , ended, value] of [...ofNode.flat(), ...ofDotnet.flat()]) {
        if (kind === 'set') births.set(value as number, { created: ended, stored: ended });
        if (kind === 'load') births.set(value as number, { created: ended, stored: ended + delay });
      }
      const bornAt = (value: number) => births.get(value) ?? { created: timeOf(value), stored: timeOf(value) };

      const changes = [...ofNode, ...ofDotnet.map(changesOf)].map(replacements);
      const lastBefore = (name: string, own: number, begun: number) =>
        Math.max(...changes.map((of, i) => of.get(name)?.lastBefore(i === own ? begun : begun - delay) ?? 0));
      const removedBefore = ofNode.flatMap((history, reader) =>
        history.flatMap(([kind, key, begun, , value]) => {
          if (kind !== 'read') return [];
          const { created, stored } = bornAt(value as number);
          const ends = [key, ...tags[key as keyof typeof tags], '*'].map((name) => ({
            name,
            changed: lastBefore(name, reader, begun),
            born: name === key ? stored : created,
          }));
          const wrong = ends.filter(({ changed, born }) => changed > born);
          return wrong.map((what) => ({ reader, key, begun, value, ...what }));
        }),
      );
      expect(removedBefore, `seed ${seed}`).toEqual([]);

      const outlived = [...ofNode.flat(), ...ofDotnet.flat()].filter(([kind, key, begun, , value]) => {
        const life = expirations[key as keyof typeof expirations] * 1_000;
        return kind === 'read' && begun > bornAt(value as number).created + life + tolerance;
      });
      expect(outlived, `seed ${seed}`).toEqual([]);

      // All of it happened: each side read what the other one wrote.
      const readBy = (histories: readonly (readonly (Event | DotnetEvent)[])[]) =>
        new Set(histories.flat().flatMap(([kind, , , , value]) => (kind === 'read' ? [(value as number) % 10] : [])));
      for (const side of [ofNode, ofDotnet]) expect([...readBy(side)].sort()).toEqual([0, 1, 2, 3]);
      expect(ofNode.flat().length).toBeGreaterThan(ms / 10);
      expect(ofDotnet.flat().length).toBeGreaterThan(ms / 20);
    },
    ms + 60_000,
  );

  it('agree once nothing changes', async () => {
    for (const [i, key] of keys.entries()) {
      // Again and again: .NET may still be about to store what it loaded last.
      await until(async () => {
        await nodes[0]?.run('set', { key, value: i });
        const read = await Promise.all([
          ...nodes.map((worker) => worker.run('get', { key })),
          ...dotnets.map(async ({ hybrid }) => (await hybrid.peek(key, 'long', { isLocal: false }))?.value),
        ]);
        return read.every((value) => value === i);
      }, 'all have what was set last');
    }
  });
});

/** What a .NET process changed for certain by the end of a call. What it loaded may be stored later. */
const changesOf = (history: readonly DotnetEvent[]): Event[] =>
  history.filter((event): event is Event => event[0] !== 'load' && event[0] !== 'read');
