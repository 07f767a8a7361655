export const title = 'Factory runs where 1,000 callers ask for a cold key at once';
export const unit = 'runs';
export const rounds = 5;
export const warmUps = 1;
export const isCount = true;

export async function prepare(library) {
  const cache = await library.local({ maxEntries: 1_000 });
  let round = 0;
  return async () => {
    const key = `cold:${++round}`;
    let runs = 0;
    const factory = async () => {
      runs++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { key };
    };
    await Promise.all(Array.from({ length: 1_000 }, () => cache.getOrCreate(key, factory)));
    return runs;
  };
}
