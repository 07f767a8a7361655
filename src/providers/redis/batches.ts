import type { Link } from './link.js';
import { bySlot } from './slots.js';

/** From how many reads or sets in a tick one script for several is faster than a command each: `bench/redis.mjs`. */
export const batchFrom = 16;
/** How many keys a script call takes at most, so that two calls are in flight where 64 callers ask. */
export const batchMost = 32;
/** In a Cluster the keys of a batch share a slot, and a script pays from fewer on. */
const slotBatchFrom = 4;
/** How much the values of one call may take: a script holds up the server for as long as it copies them. */
const batchBytes = 256 * 1024;

/** Whether all of so few are sent by a command each. */
export function isSingle(things: readonly unknown[], link: Link): boolean {
  return things.length < (link.isSlotted ? slotBatchFrom : batchFrom);
}

/** Splits what is to be sent into script calls; a part of one goes as a single command. */
export function batchesOf<One extends { readonly key: string }>(
  things: readonly One[],
  link: Link,
  sizeOf: (thing: One) => number = () => 0,
): readonly (readonly One[])[] {
  if (things.length === 1) return [things];
  if (isSingle(things, link)) return things.map((one) => [one]);
  if (!link.isSlotted) return chunks(things, sizeOf);
  return bySlot(things, (one) => link.keyPrefix + one.key).flatMap((group) =>
    group.length < slotBatchFrom ? group.map((one) => [one]) : chunks(group, sizeOf),
  );
}

/** Chunks of about the same length. */
function chunks<One>(things: readonly One[], sizeOf: (thing: One) => number): One[][] {
  const length = Math.ceil(things.length / Math.ceil(things.length / batchMost));
  const all: One[][] = [];
  let chunk: One[] = [];
  let bytes = 0;
  for (const thing of things) {
    const size = sizeOf(thing);
    if (chunk.length > 0 && (chunk.length === length || bytes + size > batchBytes)) {
      all.push(chunk);
      chunk = [];
      bytes = 0;
    }
    chunk.push(thing);
    bytes += size;
  }
  all.push(chunk);
  return all;
}
