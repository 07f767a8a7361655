import type { Flight } from './flight.js';

/** A set or a removal of one key that is in flight. */
export class Operation {
  /** Something happened to the key meanwhile: what it sets is not kept (15). */
  marked = false;
  constructor(
    readonly key: string,
    /** Whether it takes no value away, but only ends its time. */
    public keepsValue: boolean,
  ) {}
}

/** What is under way for one key. */
interface Slot {
  readonly flights: Flight[];
  readonly operations: Operation[];
}

/**
 * What is under way in this process, by key: where events find the records that they are about. Holds nothing of a key for
 * which nothing is under way.
 */
export class Keys {
  readonly #slots = new Map<string, Slot>();

  get isEmpty(): boolean {
    return this.#slots.size === 0;
  }

  add(flight: Flight): void {
    this.#slot(flight.key).flights.push(flight);
  }

  delete(flight: Flight): void {
    this.#remove(flight.key, 'flights', flight);
  }

  /** The flight that a call which wants the value may join. */
  joinable(key: string): Flight | undefined {
    const flights = this.#slots.get(key)?.flights;
    if (flights === undefined) return undefined;
    return flights.find(({ joinable }) => joinable === 'yes') ?? flights.find(({ joinable }) => joinable === 'late');
  }

  /** The flight that a call which only reads may join. */
  reading(key: string): Flight | undefined {
    return this.#slots.get(key)?.flights.find(({ state, joinable }) => state === 'reading' && joinable === 'yes');
  }

  /** The flights that load the key. */
  loading(key: string): readonly Flight[] {
    return this.#slots.get(key)?.flights.filter(({ isLoading }) => isLoading) ?? [];
  }

  flights(): Flight[] {
    return [...this.#slots.values()].flatMap(({ flights }) => flights);
  }

  /** An own set or removal starts. @param keepsValue - Whether it takes no value away, as `expire`. */
  begin(key: string, keepsValue = false): Operation {
    this.ownOperation(key, keepsValue);
    const operation = new Operation(key, keepsValue);
    this.#slot(key).operations.push(operation);
    return operation;
  }

  /** It has resolved, or failed. */
  end(operation: Operation): void {
    this.#remove(operation.key, 'operations', operation);
    this.ownOperation(operation.key, operation.keepsValue);
  }

  /** Marks all records of the key. */
  ownOperation(key: string, keepsValue = false): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    for (const flight of [...slot.flights]) flight.ownOperation(keepsValue);
    mark(slot);
  }

  ownOperationOnPrefix(prefix: string): void {
    for (const key of [...this.#slots.keys()]) if (key.startsWith(prefix)) this.ownOperation(key);
  }

  keyMessage(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    for (const flight of [...slot.flights]) flight.keyMessage();
    mark(slot);
  }

  tagEvent(tag: string): void {
    for (const { flights } of this.#slots.values()) for (const flight of flights) flight.tagEvent(tag);
  }

  channelChanged(): void {
    for (const slot of [...this.#slots.values()]) {
      for (const flight of [...slot.flights]) flight.keyMessage();
      mark(slot);
    }
  }

  #slot(key: string): Slot {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = { flights: [], operations: [] };
      this.#slots.set(key, slot);
    }
    return slot;
  }

  #remove<Kind extends keyof Slot>(key: string, kind: Kind, record: Slot[Kind][number]): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    const records = slot[kind] as (typeof record)[];
    const place = records.indexOf(record);
    if (place >= 0) records.splice(place, 1);
    if (slot.flights.length === 0 && slot.operations.length === 0) this.#slots.delete(key);
  }
}

function mark({ operations }: Slot): void {
  for (const operation of operations) operation.marked = true;
}
