import type { Random } from './simulation/random.js';

/** The bytes with one thing changed: bits, a piece cut out or put in, or a long number in place of a byte. */
export function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length);
  const [before, after] = [[...bytes.subarray(0, at)], [...bytes.subarray(at)]];
  switch (random.below(5)) {
    case 0:
      after[0] = (after[0] as number) ^ (1 << random.below(8));
      break;
    case 1:
      after.splice(0, random.below(20));
      break;
    case 2:
      after.unshift(...Array.from({ length: random.below(5) }, () => random.below(256)));
      break;
    case 3:
      // A number of any length, where one byte was.
      after.splice(0, 1, ...new Array(random.below(12)).fill(0xff), random.below(128));
      break;
    default:
      return new Uint8Array(before);
  }
  return new Uint8Array([...before, ...after]);
}
