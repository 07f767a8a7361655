import { BatchError } from './errors.js';

/**
 * Names what failed of several keys, once all is done.
 *
 * @param keys - Those of the results, in their order.
 * @param places - Where they stand in the call, if not as they come.
 * @throws BatchError where anything failed.
 */
export function throwFailures(
  results: readonly PromiseSettledResult<unknown>[],
  keys: readonly string[],
  places?: readonly number[],
): void {
  const failed = results.flatMap((result, i) =>
    result.status === 'rejected'
      ? [{ index: places?.[i] ?? i, key: keys[i] as string, error: result.reason as unknown }]
      : [],
  );
  if (failed.length > 0) throw new BatchError(failed, results.length);
}
