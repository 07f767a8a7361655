import type { Caller } from './caller.js';

/** Who waits for a flight. */
export class Callers {
  /** Calls that only read: they do not wait for a load. */
  #readers: Caller[] = [];
  #callers: Caller[] = [];
  /** Calls that joined after a tag's removal, or by way of Redis. */
  #late: Caller[] = [];

  /** Whether anybody wants the value loaded. */
  get wantLoad(): boolean {
    return this.#callers.length > 0 || this.#late.length > 0;
  }

  get areGone(): boolean {
    return !this.wantLoad && this.#readers.length === 0;
  }

  get haveReaders(): boolean {
    return this.#readers.length > 0;
  }

  get haveLate(): boolean {
    return this.#late.length > 0;
  }

  addReader(caller: Caller): void {
    this.#readers.push(caller);
  }

  add(caller: Caller): void {
    this.#callers.push(caller);
  }

  addLate(caller: Caller): void {
    this.#late.push(caller);
  }

  /** What is asked from now on is asked for all alike. */
  admitLate(): void {
    this.#callers.push(...this.#late);
    this.#late = [];
  }

  delete(caller: Caller): void {
    this.#readers = this.#readers.filter((each) => each !== caller);
    this.#callers = this.#callers.filter((each) => each !== caller);
    this.#late = this.#late.filter((each) => each !== caller);
  }

  /** All of whom this is true. */
  takeWhere(is: (caller: Caller) => boolean): readonly Caller[] {
    const taken: Caller[] = [];
    const left = (list: Caller[]) =>
      list.filter((caller) => {
        if (!is(caller)) return true;
        taken.push(caller);
        return false;
      });
    this.#readers = left(this.#readers);
    this.#callers = left(this.#callers);
    this.#late = left(this.#late);
    return taken;
  }

  some(is: (caller: Caller) => boolean): boolean {
    return [this.#readers, this.#callers, this.#late].some((list) => list.some(is));
  }

  /** Those who only read and take a value past its end, and where nobody is to load it all others who take one. */
  takeForStale(isThrottled: boolean): readonly Caller[] {
    const readers = new Set(this.#readers);
    return this.takeWhere((caller) => caller.takesStale && (isThrottled || readers.has(caller)));
  }

  takeReaders(): readonly Caller[] {
    const readers = this.#readers;
    this.#readers = [];
    return readers;
  }

  /** All but those that came late. */
  takeEarly(): readonly Caller[] {
    const early = [...this.#readers, ...this.#callers];
    this.#readers = [];
    this.#callers = [];
    return early;
  }

  takeAll(): readonly Caller[] {
    const all = [...this.takeEarly(), ...this.#late];
    this.#late = [];
    return all;
  }
}
