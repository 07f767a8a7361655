import { describe, expect, it } from 'vitest';
import { Random } from './random.js';
import { settle, World } from './world.js';

// The scenarios of protocol-model.mjs, which explores them to the end; here the real code walks through as many interleavings
// as there are seeds. SEED=... replays one.
interface Actor {
  readonly calls?: number;
  readonly remove?: number;
  readonly set?: number;
  readonly tag?: number;
  readonly cut?: number;
  /** Whether each hit refreshes what it hits. */
  readonly eager?: boolean;
  /** Factories that fail. */
  readonly fail?: number;
  /** Commands of which the answer, or they themselves, are lost. */
  readonly lost?: number;
}
interface Scenario {
  readonly data?: boolean;
  readonly tagged?: boolean;
  readonly processes: readonly Actor[];
  readonly foreign?: Partial<Record<'set' | 'remove' | 'touch' | 'expire' | 'flush' | 'lease', number>>;
}

const scenarios: Record<string, Scenario> = {
  cold: { processes: [{ calls: 2, remove: 1 }, {}], foreign: { lease: 1 } },
  'cold, shared': { processes: [{ calls: 1, remove: 1 }, { calls: 1 }], foreign: { lease: 1 } },
  'cold, removed by another': { processes: [{ calls: 2 }, { remove: 1 }], foreign: { lease: 1 } },
  foreign: { data: true, processes: [{ calls: 2 }, {}], foreign: { set: 1, remove: 1, lease: 1 } },
  'foreign, shared': { processes: [{ calls: 1 }, { calls: 1 }], foreign: { set: 1, remove: 1, lease: 1 } },
  sets: { data: true, processes: [{ calls: 1, set: 1, remove: 1 }, { set: 1 }] },
  expiry: { data: true, processes: [{ calls: 2 }, { set: 1 }], foreign: { expire: 1, lease: 1, touch: 1 } },
  three: { processes: [{ calls: 1 }, { calls: 1 }, { calls: 1 }], foreign: { lease: 1 } },
  channel: { data: true, processes: [{ calls: 2, cut: 1 }, { remove: 1 }], foreign: { set: 1 } },
  tags: { tagged: true, processes: [{ calls: 2, tag: 1 }, {}], foreign: { lease: 1 } },
  'tags, shared': { data: true, tagged: true, processes: [{ calls: 1 }, { calls: 1, tag: 1 }] },
  'tags, lease': { data: true, tagged: true, processes: [{ calls: 1 }, { tag: 1 }], foreign: { set: 1, lease: 1 } },
  'tags, set': { tagged: true, processes: [{ calls: 2, set: 1 }, { tag: 1 }] },
  'tags, channel': { data: true, tagged: true, processes: [{ calls: 2, cut: 1 }, { tag: 1 }] },
  offline: { data: true, processes: [{ calls: 2, remove: 1, lost: 2 }, {}] },
  late: {
    processes: [
      { set: 1, lost: 1 },
      { remove: 1, calls: 1 },
    ],
  },
  flush: { data: true, processes: [{ calls: 2 }, { calls: 1 }], foreign: { flush: 1 } },
  eager: { data: true, processes: [{ calls: 3, eager: true }, { remove: 1 }], foreign: { lease: 1 } },
  'eager, deep': {
    data: true,
    processes: [
      { calls: 3, eager: true },
      { remove: 1, calls: 2 },
    ],
    foreign: { set: 1, lease: 1 },
  },
  'eager, tags': { data: true, tagged: true, processes: [{ calls: 3, eager: true, tag: 1 }, { tag: 1 }] },
  'eager, channel': { data: true, processes: [{ calls: 3, eager: true, cut: 1 }, { remove: 1 }], foreign: { set: 1 } },
  'cold, deep': { processes: [{ calls: 2, remove: 1 }, { calls: 2 }], foreign: { lease: 1 } },
  'tags, deep': {
    data: true,
    tagged: true,
    processes: [
      { calls: 3, tag: 1 },
      { calls: 1, tag: 1 },
    ],
    foreign: { lease: 1 },
  },
  'liveness: dies': { processes: [{ calls: 1, lost: 1 }, { calls: 1 }] },
  'liveness: fails': { processes: [{ calls: 1, fail: 1 }, { calls: 2 }] },
  'liveness: lost': { processes: [{ calls: 1 }, { calls: 1, cut: 1 }] },
  'liveness: mixed': {
    processes: [
      { calls: 1, fail: 1 },
      { calls: 1, cut: 1, remove: 1 },
    ],
  },
};

const seeds =
  process.env.SEED === undefined ? Array.from({ length: 200 }, (_, seed) => seed) : [Number(process.env.SEED)];

async function play(scenario: Scenario, seed: number): Promise<string | undefined> {
  const random = new Random(seed);
  const eagerRefresh = scenario.processes.some(({ eager }) => eager) ? 1e-9 : 0;
  const world = new World({ random, processes: scenario.processes.length, eagerRefresh });
  const tags = scenario.tagged ? ['t'] : [];
  await settle();
  world.connect();
  if (scenario.data) world.foreignSet('k', tags);
  // What is still to begin, and may at any time.
  const begin: (() => void)[] = [];
  const times = (count: number | undefined, run: () => void) =>
    begin.push(...Array.from({ length: count ?? 0 }, () => run));
  let failures = 0;
  let losses = 0;
  for (const [id, actor] of scenario.processes.entries()) {
    times(actor.calls, () => world.getOrCreate(id, 'k', tags));
    times(actor.remove, () => world.remove(id, 'k'));
    times(actor.set, () => world.set(id, 'k', tags));
    times(actor.tag, () => world.removeByTag(id, 't'));
    times(actor.cut, () => world.cut(id));
    // Noticed, or found out by the bound; and armed again.
    times(actor.cut, () => world.notice(id));
    times(actor.cut, () => world.clock.advance(6_000));
    times(actor.cut === undefined ? 0 : 2, () => world.arm(id));
    times(actor.cut === undefined ? 0 : 2, () => world.confirm(id));
    failures += actor.fail ?? 0;
    losses += actor.lost ?? 0;
  }
  const { foreign = {} } = scenario;
  times(foreign.set, () => world.foreignSet('k', tags));
  times(foreign.remove, () => world.foreignRemove('k'));
  times(foreign.touch, () => world.server.touch('k'));
  times(foreign.expire, () => world.server.expire('k'));
  times(foreign.flush, () => world.flush());
  times(foreign.lease, () => world.clock.advance(31_000));

  for (let step = 0; step < 500 && world.history.violations.length === 0; step++) {
    const { commands, running } = world;
    const steps: (() => unknown)[] = [];
    for (const run of begin) steps.push(() => begin.splice(begin.indexOf(run), 1).map((each) => each()));
    for (const { command } of commands) {
      if (command.execute !== undefined) steps.push(() => world.execute(command));
      else if (!command.isOver) steps.push(() => world.answer(command));
      if (losses > 0 && !command.isOver) {
        steps.push(() => {
          losses--;
          return world.fail(command);
        });
      }
    }
    for (const factory of running) {
      steps.push(() => factory.finish());
      if (failures > 0) {
        steps.push(() => {
          failures--;
          factory.fail();
        });
      }
    }
    for (const [id, { queue }] of world.processes.entries()) if (queue.length > 0) steps.push(() => world.deliver(id));
    if (steps.length === 0) break;
    await random.pick(steps)();
    await settle();
    world.peek(['k']);
  }
  await world.quiesce();
  await world.agree(['k'], tags);
  const { violations } = world.history;
  const report = violations.length > 0 ? world.report(seed) : undefined;
  await world.close();
  return report;
}

describe('the scenarios of the model', () => {
  it.each(Object.entries(scenarios))(
    '%s',
    async (_, scenario) => {
      for (const seed of seeds) expect(await play(scenario, seed)).toBeUndefined();
    },
    120_000,
  );
});
