import { checkFunction } from '../core/arguments.js';
import { ErrorCode, typeError } from '../core/errors.js';
import { checkOptionalFunction, checkOptions } from '../core/options.js';
import { jsonSerializer } from '../core/serializers/json.js';
import { SchemaSerializer } from '../core/serializers/schema.js';
import type { CallOptions } from '../core/signal.js';
import type { StandardSchema } from '../core/standard-schema.js';
import type { HybridCache } from './hybrid-cache.js';
import type { HybridFactoryContext, HybridLoadOptions } from './options.js';

/** What {@link HybridCache.define} is told: how values of one kind are named, loaded and kept. */
export interface DefinitionOptions<Argument, Value, Input = Value>
  extends Omit<HybridLoadOptions<Input>, 'signal' | 'tags'> {
  /** The key of an argument. Different arguments, different keys; those of one kind begin alike. */
  readonly key: (argument: Argument) => string;
  /** Loads one. `undefined` is handed to the callers and stored nowhere. */
  readonly load: (argument: Argument, context: HybridFactoryContext) => Input | Promise<Input>;
  /**
   * Loads several at once, for `getMany`; what the map lacks is `undefined` for the callers, and stored nowhere.
   *
   * @default `load` for each
   */
  readonly loadMany?:
    | ((
        wanted: readonly Argument[],
        context: Pick<HybridFactoryContext, 'signal'>,
      ) => ReadonlyMap<Argument, Input> | Promise<ReadonlyMap<Argument, Input>>)
    | undefined;
  /** Those of all values, or of each by its argument. @default none */
  readonly tags?: readonly string[] | ((argument: Argument) => readonly string[]) | undefined;
  /**
   * What values must fit, loaded and stored ones alike, as any Standard Schema (zod, valibot, arktype) that validates synchronously;
   * what it makes of one is the value. What is stored and does not fit is loaded again.
   */
  readonly schema?: StandardSchema<unknown, Value> | undefined;
}

/** Options of {@link Definition.get}. */
export type DefinitionGetOptions = Pick<HybridLoadOptions, 'signal' | 'timeout'>;

/**
 * Values of one kind: their keys, how they are loaded and how they are kept are said once. What {@link HybridCache.define} gives.
 * A local hit costs what it costs with `getOrCreate`.
 */
export class Definition<Argument, Value, Input = Value> {
  readonly #cache: HybridCache;
  readonly #hit: (key: string) => Promise<unknown> | undefined;
  readonly #options: DefinitionOptions<Argument, Value, Input>;
  readonly #common: HybridLoadOptions<Input>;

  /** @internal */
  constructor(
    cache: HybridCache,
    hit: (key: string) => Promise<unknown> | undefined,
    options: DefinitionOptions<Argument, Value, Input>,
  ) {
    checkOptions(options);
    const { key, load, loadMany, tags: _, schema, ...common } = options;
    checkFunction(key, 'key');
    checkFunction(load, 'load');
    checkOptionalFunction(loadMany, 'loadMany');
    this.#cache = cache;
    this.#hit = hit;
    this.#options = options;
    const serializer = schema && new SchemaSerializer(common.serializer ?? jsonSerializer, checkSchema(schema));
    this.#common = serializer ? { ...common, serializer } : common;
  }

  /** The key of an argument. */
  keyOf(argument: Argument): string {
    return this.#options.key(argument);
  }

  /**
   * The value, loaded if need be.
   *
   * @throws As {@link HybridCache.getOrCreate}; `CorruptEntryError` `ERR_SCHEMA_MISMATCH` for a loaded value that does not fit
   *   the schema.
   */
  get(argument: Argument, options?: DefinitionGetOptions): Promise<Value> {
    const key = this.#options.key(argument);
    const promise = options?.signal?.aborted === true ? undefined : this.#hit(key);
    return (promise ?? this.#load(key, argument, options)) as Promise<Value>;
  }

  /** The values, in the order of the arguments; all that miss are loaded by one call of `loadMany`. */
  async getMany(wanted: readonly Argument[], options?: DefinitionGetOptions): Promise<(Value | undefined)[]> {
    const { loadMany } = this.#options;
    if (loadMany === undefined) return Promise.all(wanted.map((argument) => this.get(argument, options)));
    const keys = wanted.map((argument) => this.keyOf(argument));
    const byKey = new Map(keys.map((key, i) => [key, wanted[i] as Argument]));
    const argumentOf = (key: string) => byKey.get(key) as Argument;
    const { adapt: _, ...common } = this.#withEnds(options);
    const tags = (key: string) => this.#tagsOf(argumentOf(key));
    const load = async (missing: readonly string[], context: Pick<HybridFactoryContext, 'signal'>) => {
      const loaded = await loadMany(missing.map(argumentOf), context);
      return new Map(missing.map((key) => [key, loaded.get(argumentOf(key))]));
    };
    return (await this.#cache.getOrCreateMany<unknown>(keys, load, { ...common, tags })) as (Value | undefined)[];
  }

  /** What this process holds right now, or `undefined`. */
  peek(argument: Argument): Value | undefined {
    return this.#cache.peek<Value>(this.keyOf(argument));
  }

  /** Stores a value in place of whatever was there. */
  async set(argument: Argument, value: Input, options?: CallOptions): Promise<void> {
    const { adapt, ...common } = this.#common;
    const tags = this.#tagsOf(argument);
    await this.#cache.set(this.keyOf(argument), value, { ...common, tags, ...adapt?.(value), ...options });
  }

  /** Ends its time, and leaves it to be served past that where `failSafe` kept it. */
  async expire(argument: Argument): Promise<void> {
    await this.#cache.expire(this.keyOf(argument));
  }

  /** Removes it from both tiers and from those of other processes. */
  async remove(argument: Argument): Promise<void> {
    await this.#cache.remove(this.keyOf(argument));
  }

  #load(key: string, argument: Argument, options: DefinitionGetOptions | undefined): Promise<unknown> {
    const load = (context: HybridFactoryContext) => this.#options.load(argument, context);
    return this.#cache.getOrCreate(key, load, { ...this.#withEnds(options), tags: this.#tagsOf(argument) });
  }

  /** What is common to all calls, with how this one may end. */
  #withEnds({ signal, timeout = this.#common.timeout }: DefinitionGetOptions = {}): HybridLoadOptions<Input> {
    return { ...this.#common, signal, timeout };
  }

  #tagsOf(argument: Argument): readonly string[] {
    const { tags = [] } = this.#options;
    return typeof tags === 'function' ? tags(argument) : tags;
  }
}

function checkSchema<Value>(schema: StandardSchema<unknown, Value>): StandardSchema<unknown, Value> {
  if (typeof schema?.['~standard']?.validate === 'function') return schema;
  throw typeError(ErrorCode.invalidOption, 'schema', 'a Standard Schema', typeof schema);
}
