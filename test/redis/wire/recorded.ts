import { readFileSync } from 'node:fs';
import type { EntryOptions } from 'distributed-cache';

/** An entry as a .NET process sent it to Redis: `captured.json`. */
export interface Recorded {
  readonly key: string;
  readonly fields: { readonly absexp: string; readonly sldexp: string; readonly data: { readonly base64: string } };
  readonly expireSeconds: number | null;
}
interface Captured {
  readonly runs: readonly {
    readonly stackExchangeRedisCache: string;
    readonly set: readonly Recorded[];
    readonly hybrid: readonly Recorded[];
    readonly tagInvalidations: readonly Recorded[];
  }[];
}
interface Vectors {
  readonly hybridPayloadV1: readonly {
    readonly entropy: number;
    readonly created: string;
    readonly durationMs: number;
    readonly key: string;
    readonly tags: readonly string[];
    readonly payloadUtf8: string;
    readonly hex: string;
  }[];
  readonly set: readonly {
    readonly id: string;
    readonly createdTicks: string;
    readonly options: { readonly absolute?: string; readonly relativeMs?: number; readonly slidingMs?: number };
    readonly absexp: string;
    readonly sldexp: string;
    readonly dotnetExpireSeconds: number | null;
  }[];
  readonly refresh: readonly {
    readonly id: string;
    readonly nowTicks: string | null;
    readonly absexp: string;
    readonly sldexp: string;
    readonly ttlMs: number | null;
  }[];
}

const parsed = <T>(name: string) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as T;
export const captured = parsed<Captured>('captured.json');
export const vectors = parsed<Vectors>('vectors.json');

/** Ticks of the Unix epoch. */
export const epochTicks = 621_355_968_000_000_000n;
/** The options that a vector was computed for. */
export function optionsOf({ absolute, relativeMs, slidingMs }: Vectors['set'][number]['options']): EntryOptions {
  return {
    absoluteExpiration: absolute === undefined ? undefined : new Date(absolute),
    relativeExpiration: relativeMs,
    slidingExpiration: slidingMs,
  };
}
