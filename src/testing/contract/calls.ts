import { assertCapability, type CallOptions, type DistributedCache } from 'distributed-cache';
import { collect } from './assert.js';
import { bytes, type Suite } from './context.js';

/** One way to use a cache, for what holds of all of them. It must not be async: a synchronous throw has to show. */
export interface Call {
  readonly name: string;
  readonly takesSignal: boolean;
  /** @param key - The key, or the prefix. */
  readonly run: (cache: DistributedCache, key: string, options?: CallOptions) => PromiseLike<unknown>;
}

const value = bytes('value');

const methods: readonly Call[] = [
  { name: 'get', takesSignal: true, run: (cache, key, options) => cache.get(key, options) },
  { name: 'set', takesSignal: true, run: (cache, key, options) => cache.set(key, value, options) },
  { name: 'refresh', takesSignal: true, run: (cache, key, options) => cache.refresh(key, options) },
  { name: 'remove', takesSignal: true, run: (cache, key, options) => cache.remove(key, options) },
];

const batch: readonly Call[] = [
  { name: 'getMany', takesSignal: true, run: (cache, key, options) => batchOf(cache).getMany(['ok', key], options) },
  {
    name: 'setMany',
    takesSignal: true,
    run: (cache, key, options) =>
      batchOf(cache).setMany(
        [
          { key: 'ok', value },
          { key, value },
        ],
        options,
      ),
  },
  {
    name: 'removeMany',
    takesSignal: true,
    run: (cache, key, options) => batchOf(cache).removeMany(['ok', key], options),
  },
];

const prefixes: readonly Call[] = [
  {
    name: 'removeByPrefix',
    takesSignal: true,
    run: (cache, key, options) => prefixesOf(cache).removeByPrefix(key, options),
  },
  { name: 'keys', takesSignal: true, run: (cache, key, options) => collect(prefixesOf(cache).keys(key, options)) },
];

const leases: readonly Call[] = [
  { name: 'getOrLease', takesSignal: false, run: (cache, key) => leasesOf(cache).getOrLease(key, { duration: 1_000 }) },
  { name: 'commit', takesSignal: false, run: (cache, key) => leasesOf(cache).commit(key, 'token', value) },
  { name: 'release', takesSignal: false, run: (cache, key) => leasesOf(cache).release(key, 'token') },
  { name: 'replace', takesSignal: false, run: (cache, key) => leasesOf(cache).replace(key, value, value) },
];

const timestamps: readonly Call[] = [
  {
    name: 'setStamped',
    takesSignal: true,
    run: (cache, key, options) => timestampsOf(cache).setStamped(key, bytes('12345678'), 0, options),
  },
  { name: 'raise', takesSignal: true, run: (cache, key, options) => timestampsOf(cache).raise(key, options) },
  {
    name: 'read of times',
    takesSignal: true,
    run: (cache, key, options) => timestampsOf(cache).read(['ok', key], options),
  },
];

/** Every call that takes a key or a prefix and that the cache promises. */
export function callsOf(suite: Suite): readonly Call[] {
  return [
    ...methods,
    ...(suite.promises('batch') ? batch : []),
    ...(suite.promises('prefixes') ? prefixes : []),
    ...(suite.promises('leases') ? leases : []),
    ...(suite.promises('timestamps') ? timestamps : []),
  ];
}

export function batchOf(cache: DistributedCache) {
  assertCapability(cache, 'batch');
  return cache.batch;
}

export function prefixesOf(cache: DistributedCache) {
  assertCapability(cache, 'prefixes');
  return cache.prefixes;
}

export function leasesOf(cache: DistributedCache) {
  assertCapability(cache, 'leases');
  return cache.leases;
}

export function timestampsOf(cache: DistributedCache) {
  assertCapability(cache, 'timestamps');
  return cache.timestamps;
}

export function invalidationsOf(cache: DistributedCache) {
  assertCapability(cache, 'invalidations');
  return cache.invalidations;
}
