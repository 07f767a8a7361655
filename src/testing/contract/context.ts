import type { DistributedCache } from 'distributed-cache';
import type { ContractCapability } from './options.js';

/** What a case is handed. */
export interface Trial {
  /** Fresh, without entries; it is closed after the case. */
  readonly cache: DistributedCache;
  /** The time, in ms since the epoch. */
  now(): number;
  /** Lets time go by. */
  advance(ms: number): Promise<void>;
  /** Milliseconds of `count` of the suite's units: long on a clock that is moved, short in real time. */
  units(count: number): number;
  /** Lets `count` units go by. */
  wait(count: number): Promise<void>;
  /** Waits in small steps, up to about two seconds, until the condition holds; gives whether it does. */
  eventually(condition: () => boolean): Promise<boolean>;
  /** Gives messages that are on their way the time to come in. */
  settle(): Promise<void>;
}

/** Where an area registers its cases. The name of a case is a sentence that holds. */
export interface Suite {
  /** Any cache. */
  it(name: string, run: (trial: Trial) => Promise<void>): void;
  /** A cache that holds what it is given. */
  retaining(name: string, run: (trial: Trial) => Promise<void>): void;
  /** Such a cache on a clock that can be moved: exact to the millisecond. */
  exact(name: string, run: (trial: Trial) => Promise<void>): void;
  /** Whether the cache promises this. */
  promises(capability: ContractCapability): boolean;
}

/** UTF-8 of a text: what the cases store. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
