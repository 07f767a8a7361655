import { describe, expect, it } from 'vitest';
import { walk } from './walk.js';

// A failing seed replays with SEED=...; STEPS=... makes more of them.
const one = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
const total = Number(process.env.STEPS ?? 1_000_000);
const steps = 1_000;

const kinds = {
  'of calls and writes': { call: 3, write: 2, foreign: 0, fault: 0.3 },
  'with foreign writers': { call: 3, write: 1, foreign: 1, fault: 0.3 },
  'with faults': { call: 3, write: 1, foreign: 0.5, fault: 2 },
  'with flushes': { call: 3, write: 1, foreign: 0.5, fault: 0.5 },
  'with refreshes': { call: 4, write: 1, foreign: 0.5, fault: 0.5 },
  'with fail-safe': { call: 4, write: 1, foreign: 0.7, fault: 0.7 },
  'of everything': { call: 2, write: 1, foreign: 1, fault: 1 },
};

describe('random histories', () => {
  it.each(Object.entries(kinds))(
    '%s keep what the protocol promises',
    async (kind, weights) => {
      const share = Object.keys(kinds).indexOf(kind);
      const runs = one === undefined ? Math.ceil(total / steps / Object.keys(kinds).length) : 1;
      for (let run = 0; run < runs; run++) {
        const seed = one ?? run * 10 + share;
        const report = await walk({
          seed,
          steps,
          processes: 2 + (seed % 3),
          keys: ['a', 'b', 'c'].slice(0, 1 + (seed % 3)),
          tags: ['x', 'y'],
          weights,
          flushes: kind.includes('flushes'),
          refreshes: kind.includes('refreshes') || kind.includes('everything'),
          failSafe: kind.includes('fail-safe') || kind.includes('everything'),
        });
        expect(report, report[0]).toEqual([]);
      }
    },
    600_000,
  );
});
