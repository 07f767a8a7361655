/** A load, as far as others wait for it. */
export interface WaitingLoad {
  readonly key: string;
}

/**
 * How a load waits for another, itself first and the other last; `undefined` if it does not.
 *
 * @param waitsFor - What the factory of a load waits for now.
 */
export function pathBetween<Load extends WaitingLoad>(
  load: Load,
  other: Load,
  waitsFor: (load: Load) => Iterable<Load>,
  seen = new Set<Load>(),
): readonly Load[] | undefined {
  if (load === other) return [load];
  if (seen.has(load)) return undefined;
  seen.add(load);
  for (const next of waitsFor(load)) {
    const path = pathBetween(next, other, waitsFor, seen);
    if (path !== undefined) return [load, ...path];
  }
  return undefined;
}

/** The keys of a cycle. Two loads of one key in a row, where one only asks whether the other still holds, are one step. */
export function keysOfCycle(cycle: readonly WaitingLoad[]): readonly string[] {
  const keys = cycle.map(({ key }) => key).filter((key, i, all) => i === 0 || key !== all[i - 1]);
  return keys.length > 1 ? keys : [...keys, ...keys];
}
