import { CacheError, ErrorCode } from '../../../core/errors.js';

/** The constructors of ioredis that we use. */
export interface ClientModule {
  readonly Redis: new (options: unknown) => unknown;
  readonly Cluster: new (nodes: unknown, options: unknown) => unknown;
}

/** Loads the module. */
export type ClientModuleLoader = () => Promise<unknown>;

/**
 * Loads ioredis, whatever the loader makes of a CommonJS module.
 *
 * @throws CacheError `ERR_MISSING_DEPENDENCY` where it is not installed, or is something else by that name. What goes
 * wrong inside it comes out as it is.
 */
export async function loadClientModule(load: ClientModuleLoader): Promise<ClientModule> {
  let loaded: unknown;
  try {
    loaded = await load();
  } catch (cause) {
    if (!saysMissing(cause)) throw cause;
    throw missing('is not installed', cause);
  }
  const Redis = find(loaded, 'Redis');
  const Cluster = find(loaded, 'Cluster');
  if (Redis === undefined || Cluster === undefined) throw missing('that was found has no Redis and Cluster');
  // ioredis's own types differ between its versions.
  return { Redis: Redis as ClientModule['Redis'], Cluster: Cluster as ClientModule['Cluster'] };
}

function missing(what: string, cause?: unknown): CacheError {
  const message =
    `The package 'ioredis' ${what}. A Redis connection that is given as a text or as options needs it ` +
    '(version 5 or 6): npm install ioredis';
  return new CacheError(ErrorCode.missingDependency, message, cause === undefined ? undefined : { cause });
}

/** Node, Bun, Deno, Jest and Vite agree on the code, more or less; only the message says which package it is about. */
function saysMissing(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return false;
  // The lines after the first list who required it.
  return typeof message === 'string' && /['"]ioredis['"]/.test(message.split('\n')[0] as string);
}

/** The namespace itself, its default, and the default's default: by the time it is imported it may be wrapped twice. */
function find(loaded: unknown, name: keyof ClientModule): unknown {
  let each = loaded;
  for (let depth = 0; depth < 3 && isObject(each); depth++) {
    if (typeof each[name] === 'function') return each[name];
    each = each.default;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
