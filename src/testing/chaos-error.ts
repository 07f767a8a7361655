import { CacheError, type Operation } from 'distributed-cache';

/**
 * A fault that a `ChaosCache` put in. Code `ERR_CHAOS`.
 *
 * @example
 * if (error instanceof ChaosError && error.applied) console.log(`${error.operation} was done, and failed`);
 */
export class ChaosError extends CacheError {
  protected static override readonly kind = 'ChaosError';
  /** The operation that failed. */
  readonly operation: Operation['name'];
  /** Whether the inner cache had carried it out. */
  readonly applied: boolean;

  constructor(operation: Operation['name'], applied: boolean) {
    super('ERR_CHAOS', `A fault was put in ${applied ? 'after' : 'before'} '${operation}' was applied.`);
    this.operation = operation;
    this.applied = applied;
  }
}
