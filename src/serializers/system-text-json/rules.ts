import { ErrorCode, rangeError, show } from '../../core/errors.js';
import { checkOptions, checkPositiveInteger } from '../../core/options.js';
import { type Naming, namingOf, type PropertyNaming } from './naming.js';
import { needsDigits, type Shape, type SystemTextJsonType, shapeOf } from './shape.js';

/** What {@link systemTextJsonSerializer} is told of the .NET side. */
export interface SystemTextJsonOptions {
  /**
   * How .NET names its properties, where JavaScript says `unitPrice`. `'camelCase'`: the same, names are left as they are
   * (`JsonNamingPolicy.CamelCase`, `JsonSerializerDefaults.Web`). `'PascalCase'`: `UnitPrice`, what System.Text.Json does unless it is told
   * otherwise. `'snake_case'` and `'kebab-case'`: `SnakeCaseLower` and `KebabCaseLower`. The keys of dictionaries are left as they are.
   *
   * @default 'camelCase'
   */
  readonly propertyNaming?: PropertyNaming | undefined;
  /** Names that the rule does not give, by their name in JavaScript: `{ url: 'URL', id: 'id' }`. They hold at any depth. */
  readonly names?: Readonly<Record<string, string>> | undefined;
  /**
   * The types of .NET by their place in the value: JavaScript's names with dots between them, `[]` for the elements of an array, `*` for the
   * values of a dictionary. `$` is the value itself, if that is what has the type.
   */
  readonly types?: Readonly<Record<string, SystemTextJsonType>> | undefined;
  /**
   * How many objects and arrays may be in each other, as `JsonSerializerOptions.MaxDepth`. At most 1000.
   *
   * @default 64
   */
  readonly maxDepth?: number | undefined;
}

/** What the options say, looked up once. */
export interface Rules {
  readonly naming: Naming;
  readonly shape: Shape;
  readonly maxDepth: number;
  /** Whether each digit of a number may count. */
  readonly exact: boolean;
}

const mostDepth = 1000;

/** @throws TypeError or RangeError `ERR_INVALID_OPTION` */
export function rulesOf(options: SystemTextJsonOptions): Rules {
  checkOptions(options);
  const { propertyNaming, names, types, maxDepth = 64 } = options;
  if (checkPositiveInteger(maxDepth, 'maxDepth') > mostDepth)
    throw rangeError(ErrorCode.invalidOption, 'maxDepth', `at most ${mostDepth}`, show(maxDepth));
  const shape = shapeOf(types);
  return { naming: namingOf(propertyNaming, names), shape, maxDepth, exact: needsDigits(shape) };
}
