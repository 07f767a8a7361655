import { another } from './processes.mjs';

export const title = 'Factory runs where 4 processes with 250 callers each ask for a cold key at once';
export const unit = 'runs';
export const needsRedis = true;
export const isCount = true;
export const rounds = 5;
export const warmUps = 1;

export async function prepare(library) {
  if ((library.tiered ?? library.redis) === undefined) return undefined;
  const prefix = `bench-${process.pid}:`;
  const others = await Promise.all(Array.from({ length: 4 }, () => another(library.name, prefix)));
  let round = 0;
  return async () => {
    const key = `cold:${++round}`;
    const answers = others.map((other) => other.answer());
    for (const other of others) other.tell({ kind: 'load', key, callers: 250 });
    const all = await Promise.all(answers);
    return all.reduce((sum, { runs }) => sum + runs, 0);
  };
}
