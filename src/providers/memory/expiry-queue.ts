/**
 * Which keys are due when: a queue of slots in which no key needs a timer of its own.
 *
 * A key goes into a slot whose width grows with the time that is left, and is looked at again when the slot is due:
 * then it is over, or it moves to a narrower slot. So a million deadlines in a year need some two hundred slots, and
 * each key is moved a few times in its life. (The idea is the hierarchical timing wheel: Varghese and Lauck, "Hashed
 * and Hierarchical Timing Wheels", SOSP 1987.)
 */
export class ExpiryQueue {
  readonly #slots = new Map<number, Set<string>>();

  /** Puts the key into a slot for its deadline, and gives the slot's time, to be handed to {@link remove}. */
  add(key: string, deadline: number, now: number): number {
    const slot = slotOf(deadline, now);
    const keys = this.#slots.get(slot);
    if (keys) keys.add(key);
    else this.#slots.set(slot, new Set([key]));
    return slot;
  }

  remove(key: string, slot: number): void {
    const keys = this.#slots.get(slot);
    if (keys?.delete(key) && keys.size === 0) this.#slots.delete(slot);
  }

  /** The time of the first slot; `Infinity` when nothing is queued. */
  next(): number {
    let first = Infinity;
    for (const slot of this.#slots.keys()) if (slot < first) first = slot;
    return first;
  }

  /** Takes out up to `limit` keys of slots that are due. */
  take(now: number, limit: number): string[] {
    const taken: string[] = [];
    for (const [slot, keys] of this.#slots) {
      if (slot > now) continue;
      for (const key of keys) {
        if (taken.length === limit) return taken;
        keys.delete(key);
        taken.push(key);
      }
      this.#slots.delete(slot);
    }
    return taken;
  }

  clear(): void {
    this.#slots.clear();
  }
}

/** The narrowest slot, in ms: a deadline within {@link near} of now is due at most this late. */
const finest = 1_000;
const near = 8 * finest;

function slotOf(deadline: number, now: number): number {
  const left = deadline - now;
  if (left < near) return Math.ceil(deadline / finest) * finest;
  // A slot of at most an eighth of what is left, begun before the deadline and well after now.
  const width = finest * 2 ** Math.floor(Math.log2(left / near));
  return Math.floor(deadline / width) * width;
}
