// Checked by the compiler alone (`npm run types`): each line that must not compile says so.
import {
  assertCapability,
  type CacheEvent,
  type DistributedCache,
  type Duration,
  decorate,
  type EntryOptions,
  getJson,
  getOrCreate,
  type HybridCache,
  type LeaseReply,
  MemoryCache,
  setJson,
  withDefaults,
} from 'distributed-cache';
import { z } from 'zod';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const expectType =
  <Expected>() =>
  <Actual>(_: Actual, ..._equal: Equal<Actual, Expected> extends true ? [] : [never]) => {};

declare const cache: DistributedCache;
const key = 'k';

export const durations: Duration[] = [5, '250ms', '30s', '5m', '1.5h', '7d'];
// @ts-expect-error an unknown unit
export const parsecs: Duration = '5 parsecs';
// @ts-expect-error no unit
export const unitless: Duration = '5';

// @ts-expect-error an unknown option name
void cache.set(key, new Uint8Array(), { slidingExpiry: '5m' });
// @ts-expect-error an unknown option name
void getOrCreate(cache, key, () => 1, { ttl: '5m' });
// @ts-expect-error an unknown option name
export const unknownOption = new MemoryCache({ maxSize: 5 });
// @ts-expect-error an unknown option name
void withDefaults(cache, { absoluteExpiration: new Date() });
// @ts-expect-error values are bytes
void cache.set(key, 'text');

// Every optional may be undefined, also under exactOptionalPropertyTypes.
export const options: EntryOptions = {
  absoluteExpiration: undefined,
  relativeExpiration: undefined,
  slidingExpiration: undefined,
};
export const all = new MemoryCache({
  maxBytes: undefined,
  maxEntries: undefined,
  copy: undefined,
  clock: undefined,
  onEvent: undefined,
});
void getOrCreate(cache, key, () => 1, {
  signal: undefined,
  timeout: undefined,
  serializer: undefined,
  schema: undefined,
  options: undefined,
});

expectType<Promise<number>>()(getOrCreate(cache, key, () => 1));
expectType<Promise<{ id: number }>>()(getOrCreate(cache, key, async () => ({ id: 1 })));
expectType<Promise<string | null>>()(getOrCreate<string | null>(cache, key, () => null));
expectType<Promise<string | undefined>>()(getJson<string>(cache, key));
expectType<Promise<{ id: number } | undefined>>()(getJson(cache, key, { schema: z.object({ id: z.number() }) }));
void getOrCreate(cache, key, ({ key, signal }) => fetch(key, { signal }).then((response) => response.text()));
void getOrCreate(cache, key, () => ({ ttl: 5 }), { options: (value) => ({ relativeExpiration: value.ttl }) });
void setJson(cache, key, 1, { slidingExpiration: '5m', signal: AbortSignal.timeout(5) });

export function narrows(any: DistributedCache, reply: LeaseReply, event: CacheEvent) {
  // @ts-expect-error possibly undefined
  void any.leases.release(key, 't');
  assertCapability(any, 'leases');
  void any.leases.release(key, 't');
  if (reply.kind === 'lease') expectType<bigint>()(reply.grantedAt);
  if (event.type === 'rejected') expectType<'tooLarge' | 'refused' | 'expired' | 'keyTooLong'>()(event.reason);
  void decorate(any).close();
}

declare const hybrid: HybridCache;
const product = hybrid.define({
  key: (id: number) => `product:${id}`,
  load: async (id) => ({ id, name: 'x' }),
  loadMany: async (ids) => new Map(ids.map((id) => [id, { id, name: 'x' }])),
  tags: (id) => [`t${id.toFixed()}`],
  adapt: ({ name }) => ({ expiration: name.length }),
});
expectType<Promise<{ id: number; name: string }>>()(product.get(5));
expectType<Promise<({ id: number; name: string } | undefined)[]>>()(product.getMany([5]));
expectType<{ id: number; name: string } | undefined>()(product.peek(5));
// @ts-expect-error an argument of another type
void product.get('5');
// @ts-expect-error a value of another type
void product.set(5, { id: 5 });
// @ts-expect-error no argument
void product.get();
const settings = hybrid.define({ key: () => 'settings', load: () => 'dark' });
expectType<Promise<string>>()(settings.get());
const dated = hybrid.define({
  key: (id: string) => id,
  load: (id) => ({ id, at: '2026-01-01' }),
  schema: z.object({ id: z.string(), at: z.coerce.date() }),
});
expectType<Promise<{ id: string; at: Date }>>()(dated.get('a'));
void dated.set('a', { id: 'a', at: '2026-01-02' });
// @ts-expect-error an unknown option name
hybrid.define({ key: () => 'k', load: () => 1, ttl: 5 });
