import { describe, expect, it } from 'vitest';
import { Random } from './random.js';
import { settle, World } from './world.js';

const tags = ['t'];

/** Every kind of call, with what has to be there for it. */
const calls: Record<string, { readonly before: (world: World) => void; readonly call: (world: World) => void }> = {
  'a load': { before: () => {}, call: (world) => world.getOrCreate(0, 'k', tags) },
  'a distributed hit': { before: (world) => world.foreignSet('k'), call: (world) => world.getOrCreate(0, 'k') },
  'a hit with tags': {
    before: (world) => world.foreignSet('k', tags),
    call: (world) => world.getOrCreate(0, 'k', tags),
  },
  'a load of what a tag made invalid': {
    before: (world) => {
      world.foreignSet('k', tags);
      world.removeByTag(1, 't');
    },
    call: (world) => world.getOrCreate(0, 'k', tags),
  },
  'a load that another process has begun': {
    before: (world) => world.getOrCreate(1, 'k', tags),
    call: (world) => world.getOrCreate(0, 'k', tags),
  },
  'a refresh of a local copy': {
    before: (world) => {
      world.foreignSet('k', tags);
      world.get(0, 'k');
    },
    call: (world) => world.getOrCreate(0, 'k', tags),
  },
  'a refresh of what Redis has': {
    before: (world) => world.foreignSet('k'),
    call: (world) => world.getOrCreate(0, 'k'),
  },
  'a read': { before: (world) => world.foreignSet('k', tags), call: (world) => world.get(0, 'k') },
  'a read of many': { before: (world) => world.foreignSet('k'), call: (world) => world.getMany(0, ['k', 'm'], false) },
  'a load of many': {
    before: (world) => world.foreignSet('k'),
    call: (world) => world.getMany(0, ['k', 'm', 'n'], true),
  },
  'a load of what is past its end': {
    before: (world) => world.staleSet('k', tags),
    call: (world) => world.getOrCreate(0, 'k', tags),
  },
  'a load that fails, of what is past its end': {
    before: (world) => world.staleSet('k', tags),
    call: (world) => world.getOrCreate(0, 'k', tags),
  },
  'a load that fails, of what is past its end, and another': {
    before: (world) => world.staleSet('k', tags),
    call: (world) => {
      world.getOrCreate(0, 'k', tags);
      world.getOrCreate(1, 'k', tags);
    },
  },
  'a load that fails, of what is past its end and here': {
    before: (world) => {
      world.staleSet('k', tags);
      world.get(0, 'k', true);
    },
    call: (world) => world.getOrCreate(0, 'k', tags),
  },
  'a read of what is past its end': {
    before: (world) => world.staleSet('k', tags),
    call: (world) => world.get(0, 'k', true),
  },
  'an expire': { before: (world) => world.set(0, 'k', tags), call: (world) => world.expire(0, 'k') },
  'an expire of what is past its end': {
    before: (world) => world.staleSet('k', tags),
    call: (world) => world.expire(0, 'k'),
  },
  'a set': { before: () => {}, call: (world) => world.set(0, 'k', tags) },
  'a removal': { before: (world) => world.foreignSet('k'), call: (world) => world.remove(0, 'k') },
};

/** What may come between. */
const events: Record<string, (world: World) => void> = {
  'an own set': (world) => world.set(0, 'k', tags),
  'an own removal': (world) => world.remove(0, 'k'),
  'an own expire': (world) => world.expire(0, 'k'),
  "another process's expire": (world) => world.expire(1, 'k'),
  'a value past its end': (world) => world.staleSet('k', tags),
  'an own removal by tag': (world) => world.removeByTag(0, 't'),
  'an own removal by prefix': (world) => world.removeByPrefix(0, 'k'),
  'an own clear': (world) => world.removeByTag(0, '*'),
  "another process's set": (world) => world.set(1, 'k', tags),
  "another process's removal": (world) => world.remove(1, 'k'),
  "another process's removal by tag": (world) => world.removeByTag(1, 't'),
  "another process's load": (world) => world.getOrCreate(1, 'k', tags),
  'a call that joins': (world) => world.getOrCreate(0, 'k', tags),
  'a foreign HMSET': (world) => world.foreignSet('k', tags),
  'a foreign UNLINK': (world) => world.foreignRemove('k'),
  'a foreign EXPIRE': (world) => world.server.touch('k'),
  'the end of the entry': (world) => world.server.expire('k'),
  FLUSHDB: (world) => world.flush(),
  'a cut of the channel': (world) => {
    world.cut(0);
    world.foreignSet('k', tags);
    world.notice(0);
  },
  'a cut that nobody notices, past the bound': (world) => {
    world.cut(0);
    world.foreignSet('k', tags);
    world.clock.advance(6_000);
  },
  're-arming': (world) => {
    world.cut(0);
    world.notice(0);
    world.arm(0);
    world.foreignSet('k', tags);
    world.confirm(0);
  },
  'the soft timeout': (world) => world.clock.advance(11_000),
  'a failure of the command under way': (world) => {
    const [first] = world.commands;
    if (first !== undefined) void world.fail(first.command);
  },
  'the end of the lease': (world) => world.clock.advance(31_000),
  'the deadline of factories': (world) => world.clock.advance(301_000),
};

/** How soon what the server tells is heard, and what came between is carried out, against the steps of the call. */
const orders = ['at once', 'last'] as const;

/** Takes the next step of a call; false when nothing is under way. */
function next(world: World, fails = false): boolean {
  const { commands, running } = world;
  const [first] = commands;
  if (first === undefined) {
    if (running.length === 0) return false;
    if (fails) running[0]?.fail();
    else running[0]?.finish();
    return true;
  }
  const { command } = first;
  if (command.execute !== undefined) world.execute(command);
  else world.answer(command);
  return true;
}

function hear(world: World): void {
  for (const [id, { queue }] of world.processes.entries()) while (queue.length > 0) world.deliver(id);
}

/** The call with the event after so many of its steps. `false`: it has not so many. */
async function play(
  call: string,
  event: string,
  at: number,
  order: (typeof orders)[number],
): Promise<boolean | string> {
  const eagerRefresh = call.includes('refresh') ? 1e-9 : 0;
  const failSafe = call.includes('past its end') || call.includes('expire');
  const fails = call.includes('fails');
  const world = new World({ random: new Random(at), processes: 2, eagerRefresh, failSafe });
  const { before, call: run } = calls[call] as (typeof calls)[string];
  await settle();
  world.connect();
  before(world);
  // What came before is over, but for a load that another process has begun.
  for (let i = 0; i < 4; i++) {
    if (world.commands.length > 0) next(world);
    await settle();
  }
  hear(world);
  run(world);
  await settle();
  let isReached = true;
  for (let step = 0; step < at && isReached; step++) {
    isReached = next(world, fails);
    await settle();
    if (order === 'at once') hear(world);
    await settle();
    world.peek(['k', 'm', 'n']);
  }
  if (isReached) events[event]?.(world);
  await settle();
  for (let step = 0; step < 200 && next(world, fails); step++) {
    await settle();
    if (order === 'at once') hear(world);
    await settle();
    world.peek(['k', 'm', 'n']);
  }
  await world.quiesce();
  await world.agree(['k', 'm', 'n'], []);
  const report = world.history.violations.length > 0 ? world.report(at) : isReached;
  await world.close();
  return report;
}

const mostSteps = 40;

describe.each(Object.keys(calls))('%s', (call) => {
  it.each(Object.keys(events))('with %s at each of its awaits', async (event) => {
    for (const order of orders) {
      let at = 0;
      for (; at < mostSteps; at++) {
        const result = await play(call, event, at, order);
        if (result === false) break;
        expect(result, `after ${at} steps, messages ${order}`).toBe(true);
      }
      // It was reached, and the call was over before the steps were.
      expect(at).toBeGreaterThan(0);
      expect(at).toBeLessThan(mostSteps);
    }
  });
});
