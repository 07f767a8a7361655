import { Random } from './random.js';
import { settle, World } from './world.js';

/** How often each thing happens, relative to the others. */
export interface Weights {
  readonly call: number;
  readonly write: number;
  readonly foreign: number;
  readonly fault: number;
}

export interface WalkOptions {
  readonly seed: number;
  readonly steps: number;
  readonly processes: number;
  readonly keys: readonly string[];
  readonly tags: readonly string[];
  readonly weights: Weights;
  /** Whether all is flushed now and then, in place of removals by tag. */
  readonly flushes: boolean;
  /** Whether each hit refreshes what it hits, in the background. */
  readonly refreshes: boolean;
  /** Whether values are kept past their end, and factories fail often. */
  readonly failSafe: boolean;
}

/** One random history. Gives what was violated, with the trace that led there. */
export async function walk(options: WalkOptions): Promise<string[]> {
  const { seed, steps, keys, tags, weights, flushes, failSafe } = options;
  const random = new Random(seed);
  const eagerRefresh = options.refreshes ? 1e-9 : 0;
  const world = new World({ random, processes: options.processes, eagerRefresh, failSafe });
  const id = () => random.below(options.processes);
  const tagged = () => (random.chance(0.4) ? [random.pick(tags)] : []);
  // A key has the same tags whoever loads it, as in a real program.
  const tagsOf = new Map(keys.map((key) => [key, tagged()]));
  const tagsFor = (key: string) => tagsOf.get(key) ?? [];
  const leaving: AbortController[] = [];
  const calls: (() => void)[] = [
    () => {
      const key = random.pick(keys);
      const controller = random.chance(0.2) ? new AbortController() : undefined;
      if (controller !== undefined) leaving.push(controller);
      world.getOrCreate(id(), key, tagsFor(key), controller?.signal);
    },
    () => world.get(id(), random.pick(keys), failSafe && random.chance(0.5)),
    () => world.getMany(id(), [random.pick(keys), random.pick(keys)], false),
    // The loader's values have no tags.
    () => {
      const untagged = keys.filter((key) => tagsFor(key).length === 0);
      if (untagged.length > 0) world.getMany(id(), [random.pick(untagged), random.pick(untagged)], true);
    },
  ];
  const writes: (() => void)[] = [
    () => {
      const key = random.pick(keys);
      world.set(id(), key, tagsFor(key));
    },
    () => world.remove(id(), random.pick(keys)),
    // FLUSHDB between a tag's removal and the reading of its time is a limit that protocol.md accepts.
    () => (flushes ? world.flush() : world.removeByTag(id(), random.chance(0.2) ? '*' : random.pick(tags))),
    () => world.removeByPrefix(id(), random.pick(keys).slice(0, 1)),
    () => world.expire(id(), random.pick(keys)),
  ];
  const foreign: (() => void)[] = [
    () => {
      const key = random.pick(keys);
      world.foreignSet(key, tagsFor(key));
    },
    () => world.foreignRemove(random.pick(keys)),
    () => {
      const key = random.pick(keys);
      if (failSafe) world.staleSet(key, tagsFor(key));
    },
    () => world.server.touch(random.pick(keys)),
    () => world.server.expire(random.pick(keys)),
  ];
  const faults: (() => unknown)[] = [
    () => world.cut(id()),
    () => world.notice(id()),
    () => world.arm(id()),
    () => world.confirm(id()),
    () => world.clock.advance(random.pick([1, 10, 100, 1_000, 6_000, 11_000, 301_000])),
    () => {
      const { commands } = world;
      const open = commands.filter(({ command }) => !command.isOver);
      return open.length > 0 ? world.fail(random.pick(open).command) : undefined;
    },
    () => leaving.pop()?.abort(new Error('left')),
  ];
  const network: (() => void)[] = [
    () => {
      const open = world.commands.filter(({ command }) => command.execute !== undefined);
      if (open.length > 0) world.execute(random.pick(open).command);
    },
    () => {
      const done = world.commands.filter(({ command }) => command.execute === undefined && !command.isOver);
      if (done.length > 0) world.answer(random.pick(done).command);
    },
    () => world.deliver(id()),
    () => {
      if (world.running.length === 0) return;
      const running = random.pick(world.running);
      if (random.chance(failSafe ? 0.5 : 0.1)) running.fail();
      else running.finish();
    },
  ];
  await settle();
  world.connect();
  const groups = [
    [weights.call, calls],
    [weights.write, writes],
    [weights.foreign, foreign],
    [weights.fault, faults],
  ] as const;
  const total = groups.reduce((sum, [weight]) => sum + weight, 0);
  for (let step = 0; step < steps && world.history.violations.length === 0; step++) {
    // The network goes on faster than things begin, or nothing would ever end.
    let place = random.chance(0.6) || world.pending > 30 ? Infinity : random.next() * total;
    const group = groups.find(([weight]) => {
      place -= weight;
      return place < 0;
    });
    await random.pick<() => unknown>(group?.[1] ?? network)();
    await settle();
    world.peek(keys);
  }
  if (world.history.violations.length === 0) await world.quiesce();
  const { violations } = world.history;
  const report = violations.length > 0 ? [world.report(seed)] : [];
  await world.close();
  return report;
}
