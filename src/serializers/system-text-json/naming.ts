import { ErrorCode, rangeError, show, typeError } from '../../core/errors.js';
import { checkOptions } from '../../core/options.js';

/** How the properties are named in the JSON, where JavaScript says `unitPrice`. */
export type PropertyNaming = 'camelCase' | 'PascalCase' | 'snake_case' | 'kebab-case';

/** The two directions of a naming. */
export interface Naming {
  toJson(name: string): string;
  toJavaScript(name: string): string;
}

const same = (name: string) => name;

const namings: Record<PropertyNaming, Naming> = {
  camelCase: { toJson: same, toJavaScript: same },
  // Only the first letter: `URL` becomes `uRL`, which looks odd and finds its way back. `url` would go back as `Url`.
  PascalCase: { toJson: (name) => changeFirst(name, upper), toJavaScript: (name) => changeFirst(name, lower) },
  snake_case: separated('_'),
  'kebab-case': separated('-'),
};

/**
 * @param names - What a name of JavaScript is in the JSON, where the rule says something else.
 * @throws TypeError or RangeError `ERR_INVALID_OPTION`
 */
export function namingOf(
  propertyNaming: PropertyNaming = 'camelCase',
  names: Readonly<Record<string, string>> = {},
): Naming {
  if (!Object.hasOwn(namings, propertyNaming)) {
    const known = Object.keys(namings).map(show).join(', ');
    throw typeError(ErrorCode.invalidOption, 'propertyNaming', `one of ${known}`, show(propertyNaming));
  }
  const rule = namings[propertyNaming];
  const toJson = exceptions(names);
  if (toJson.size === 0) return rule;
  const toJavaScript = new Map([...toJson].map(([name, jsonName]) => [jsonName, name]));
  return {
    toJson: (name) => toJson.get(name) ?? rule.toJson(name),
    toJavaScript: (name) => toJavaScript.get(name) ?? rule.toJavaScript(name),
  };
}

function exceptions(names: Readonly<Record<string, string>>): Map<string, string> {
  checkOptions(names, 'names');
  const entries = Object.entries(names);
  for (const [name, jsonName] of entries) {
    if (typeof jsonName !== 'string')
      throw typeError(ErrorCode.invalidOption, `names.${name}`, 'a string', show(jsonName));
  }
  if (new Set(Object.values(names)).size < entries.length)
    throw rangeError(ErrorCode.invalidOption, 'names', 'each name once', 'one of them twice');
  return new Map(entries);
}

/** `SnakeCaseLower` and `KebabCaseLower` of .NET: a word begins at a capital after a small letter or a digit, or before a small letter. */
function separated(separator: '_' | '-'): Naming {
  const wordStarts = /(?<=[\p{Ll}\p{Nd}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu;
  const joints = new RegExp(`(?<=[\\p{Ll}\\p{Nd}])${separator}(\\p{Ll})`, 'gu');
  const toJson = (name: string) => name.replace(wordStarts, separator).replace(/\p{Lu}/gu, lower);
  return {
    toJson,
    toJavaScript(jsonName) {
      const name = jsonName.replace(joints, (_, letter: string) => upper(letter));
      // One that would go back as another stays as it is: `a_b_c`, which `aBC` does not become.
      return toJson(name) === jsonName ? name : jsonName;
    },
  };
}

const changeFirst = (name: string, change: (letter: string) => string) =>
  name === '' ? name : change(name.charAt(0)) + name.slice(1);

// A letter changes only where it changes back, as `ß` does not.
const upper = (letter: string) => (letter.toUpperCase().toLowerCase() === letter ? letter.toUpperCase() : letter);
const lower = (letter: string) => (letter.toLowerCase().toUpperCase() === letter ? letter.toLowerCase() : letter);
