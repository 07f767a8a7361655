export { checkKey, checkKeys, checkValue } from './core/arguments.js';
export { assertCapability } from './core/assert-capability.js';
export { type CheckedEntry, checkEntries } from './core/batch-entries.js';
export type { Capability, DistributedCache, Lifecycle } from './core/cache.js';
export {
  type BatchEntry,
  type BatchOperations,
  checkLeaseDuration,
  type InvalidationSink,
  type InvalidationSource,
  type LeaseOperations,
  type LeaseOptions,
  type LeaseReply,
  type PrefixOperations,
  sameStart,
  type TimestampOperations,
} from './core/capabilities.js';
export { type Clock, systemClock } from './core/clock.js';
export { type Duration, type DurationUnit, parseDuration } from './core/duration.js';
export {
  BackendError,
  BatchError,
  type BatchFailure,
  CacheClosedError,
  CacheError,
  CorruptEntryError,
  ErrorCode,
  isCacheError,
  LoadTimeoutError,
  RecursiveLoadError,
  UnsupportedOperationError,
} from './core/errors.js';
export type { BackendOperation, CacheEvent, EventListener, EventOptions } from './core/events.js';
export { deadlineOf, type EntryOptions, type Lifetime, resolveLifetime } from './core/lifetime.js';
export type { Serializer } from './core/serializer.js';
export { bytesSerializer } from './core/serializers/bytes.js';
export { jsonSerializer } from './core/serializers/json.js';
export { stringSerializer } from './core/serializers/string.js';
export { type AbortSignalLike, type CallOptions, type Signal, throwIfAborted } from './core/signal.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from './core/standard-schema.js';
export { type DecoratedCache, decorate } from './decorators/decorate.js';
export { type BreakerOptions, type FailOpenOptions, failOpen } from './decorators/fail-open/fail-open.js';
export type { DecorateOptions, Operation } from './decorators/mapping.js';
export { prefixed } from './decorators/prefixed.js';
export { type DefaultEntryOptions, withDefaults } from './decorators/with-defaults.js';
export { getMany, removeMany, setMany } from './helpers/batch.js';
export { type GetOrCreateOptions, getOrCreate } from './helpers/get-or-create.js';
export { type GetJsonOptions, getJson, type SetJsonOptions, setJson } from './helpers/json.js';
export type { Factory, FactoryContext, StoreOptions } from './helpers/loading/loader.js';
export { removeByPrefix } from './helpers/prefix.js';
export { type GetStringOptions, getString, setString } from './helpers/string.js';
export type { ValueOptions } from './helpers/value-reader.js';
export { Definition, type DefinitionGetOptions, type DefinitionOptions } from './hybrid/definition.js';
export { HybridCache } from './hybrid/hybrid-cache.js';
export type {
  HybridAdaptedOptions,
  HybridCacheOptions,
  HybridCloseOptions,
  HybridEntry,
  HybridEntryOptions,
  HybridFactory,
  HybridFactoryContext,
  HybridFailSafeOptions,
  HybridGetOptions,
  HybridLoadOptions,
  HybridManyFactory,
  HybridManyOptions,
  HybridPeekOptions,
  HybridSetOptions,
  HybridSharing,
  HybridStats,
  HybridValidators,
  LocalOptions,
} from './hybrid/options.js';
export { type Logger, logEvents } from './observability/log-events.js';
export { MemoryCache, type MemoryCacheOptions } from './providers/memory/memory-cache.js';
export { NoopCache, type NoopCacheOptions } from './providers/noop/noop-cache.js';
