import type { DistributedCache } from 'distributed-cache';
import { rangeError, typeError } from '../options.js';
import type { Suite, Trial } from './context.js';
import type { ContractCapability, ContractClock, ContractOptions, ContractRunner } from './options.js';

/** A case as the runner gets it. */
export interface Case {
  readonly name: string;
  readonly run: () => Promise<void>;
}

// On a clock that is moved nothing is waited for, so units are long enough for any backend's resolution; in real time
// they are as short as a loaded machine's timers allow.
const movedUnit = 10_000;
const defaultUnit = 150;

const known: readonly ContractCapability[] = [
  'lifecycle',
  'batch',
  'prefixes',
  'leases',
  'invalidations',
  'timestamps',
];

/** A suite for one area, and the cases that it collects. */
export function suiteOf({ create, clock, unit, capabilities = [], retains = true }: ContractOptions): {
  suite: Suite;
  cases: readonly Case[];
} {
  const cases: Case[] = [];
  const add = (name: string, run: (trial: Trial) => Promise<void>) => {
    cases.push({ name, run: () => runCase(create, run, clock, unit) });
  };
  const suite: Suite = {
    it: add,
    retaining: retains ? add : () => {},
    exact: retains && clock ? add : () => {},
    promises: (capability) => capabilities.includes(capability),
  };
  return { suite, cases };
}

/** The runner to use, once the other options are checked. @throws TypeError `ERR_INVALID_OPTION` */
export function runnerOf({ create, unit, capabilities = [], runner }: ContractOptions): ContractRunner {
  if (typeof create !== 'function') throw typeError('create', 'a function that gives a fresh cache', create);
  for (const capability of capabilities) {
    if (!known.includes(capability)) throw typeError('capabilities', `some of ${known.join(', ')}`, capability);
  }
  if (unit !== undefined && !(unit > 0 && unit < 10_000)) throw rangeError('unit', 'milliseconds below 10000', unit);
  const { describe, it } = runner ?? (globalThis as Partial<ContractRunner>);
  if (typeof describe !== 'function' || typeof it !== 'function') {
    const expected = 'the functions of your test runner: { describe, it } (there are no global ones)';
    throw typeError('runner', expected, runner);
  }
  return { describe, it };
}

async function runCase(
  create: ContractOptions['create'],
  run: (trial: Trial) => Promise<void>,
  clock: ContractClock | undefined,
  unit: number | undefined,
): Promise<void> {
  const cache = await create();
  try {
    await run(trialOf(cache, clock, unit));
  } catch (error) {
    // What the case found matters more than a failure to clean up after it.
    await close(cache).catch(() => {});
    throw error;
  }
  await close(cache);
}

async function close(cache: DistributedCache): Promise<void> {
  await cache.lifecycle?.close();
}

function trialOf(cache: DistributedCache, clock: ContractClock | undefined, realUnit = defaultUnit): Trial {
  const unit = clock ? movedUnit : realUnit;
  const trial: Trial = {
    cache,
    now: () => (clock ? clock.now() : Date.now()),
    advance: async (ms) => (clock ? clock.advance(ms) : pause(ms)),
    units: (count) => count * unit,
    wait: (count) => trial.advance(count * unit),
    async eventually(condition) {
      for (let step = 0; step < 40 && !condition(); step++) {
        await trial.advance(50);
        await pause(0);
      }
      return condition();
    },
    async settle() {
      await pause(clock ? 0 : realUnit);
      await pause(0);
    },
  };
  return trial;
}

// Not the library's clock, whose timers keep no process alive: a runner would end while a case waits.
const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));
