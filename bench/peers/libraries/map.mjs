// What holding values takes at least: a Map, which never ends anything.
export const packageName = undefined;
/** Where it is the bound, and the only cases that it takes part in. */
export const isBoundOf = ['memory'];

export function local() {
  const map = new Map();
  return {
    async getOrCreate(key, factory) {
      if (!map.has(key)) map.set(key, await factory(key));
      return map.get(key);
    },
  };
}
