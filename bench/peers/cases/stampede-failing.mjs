export const title = 'Factory runs where 1,000 callers ask at once and the factory fails';
export const unit = 'runs';
export const rounds = 3;
export const warmUps = 1;
export const isCount = true;

export async function prepare(library) {
  const cache = await library.local({ maxEntries: 1_000 });
  let round = 0;
  return async () => {
    const key = `failing:${++round}`;
    let runs = 0;
    const factory = async () => {
      runs++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error('the source is down');
    };
    const calls = Array.from({ length: 1_000 }, async () => cache.getOrCreate(key, factory));
    const all = Promise.allSettled(calls);
    const late = Symbol('late');
    const outcome = await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 6_000, late))]);
    if (outcome === late) return { value: runs, note: 'some callers still wait after 6 s' };
    return runs;
  };
}
