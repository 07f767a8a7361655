/**
 * The part of the Standard Schema specification, version 1 (https://standardschema.dev), that is used here: zod,
 * valibot, arktype and others implement it.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    /** Gives the value, perhaps changed, or the issues. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a schema's validation gives: a value, or the issues that it found. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that does not fit, and where. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Where a value does not fit: the paths only, since an issue's message may quote the value. */
export function unfitPlaces(issues: readonly SchemaIssue[]): string {
  const places = issues.map(({ path = [] }) =>
    ['$', ...path.map((step) => String(typeof step === 'object' ? step.key : step))].join('.'),
  );
  return [...new Set(places)].join(', ');
}
