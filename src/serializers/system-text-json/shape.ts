import { ErrorCode, show, typeError } from '../../core/errors.js';
import { checkOptions } from '../../core/options.js';
import { type Codec, codecs } from './codecs.js';

/** What `types` can say of a place of a value. */
export type SystemTextJsonType =
  | 'DateTime'
  | 'DateTimeOffset'
  | 'TimeSpan'
  | 'decimal'
  | 'double'
  | 'Int64'
  | 'UInt64'
  | 'byte[]'
  | 'Dictionary';

/** What `types` says of one place, and of what is in it. */
export interface Shape {
  /** The place, for errors. */
  readonly path: string;
  type?: SystemTextJsonType;
  codec?: Codec;
  /** Its members' names are data, and not renamed. */
  dictionary?: boolean;
  /** Of an array. */
  elements?: Shape;
  /** Of a dictionary. */
  values?: Shape;
  members?: Map<string, Shape>;
}

/** @throws TypeError `ERR_INVALID_OPTION` */
export function shapeOf(types: Readonly<Record<string, SystemTextJsonType>> = {}): Shape {
  checkOptions(types, 'types');
  const root: Shape = { path: '$' };
  for (const [path, type] of Object.entries(types)) {
    let place = root;
    for (const step of stepsOf(path)) place = stepInto(place, step);
    giveType(place, type);
    checkPlaces(root);
  }
  return root;
}

/** Whether a type in it needs each digit of a number. */
export function needsDigits({ codec, elements, values, members }: Shape): boolean {
  return codec?.exact || [elements, values, ...(members?.values() ?? [])].some((inner) => inner && needsDigits(inner));
}

/** `lines[].at` is `.lines`, `[]` and `.at`. */
function stepsOf(path: string): string[] {
  const whole = /^\$(?:$|[.[])/.test(path) ? path.slice(1) : path.startsWith('[') ? path : `.${path}`;
  if (/^(?:\[\]|\.[^.[\]]+)*$/.test(whole)) return whole.match(/\[\]|\.[^.[\]]+/g) ?? [];
  const expected =
    "names with dots between them, '[]' for the elements of an array, '*' for the values of a dictionary";
  throw typeError(ErrorCode.invalidOption, 'a path in types', expected, show(path));
}

function stepInto(place: Shape, step: string): Shape {
  const inner = (): Shape => ({ path: place.path + step });
  if (step === '[]') {
    place.elements ??= inner();
    return place.elements;
  }
  if (step === '.*') {
    place.dictionary = true;
    place.values ??= inner();
    return place.values;
  }
  place.members ??= new Map();
  const name = step.slice(1);
  const member = place.members.get(name) ?? inner();
  place.members.set(name, member);
  return member;
}

function giveType(place: Shape, type: SystemTextJsonType): void {
  const what = `types, at ${place.path}`;
  if (type !== 'Dictionary' && !Object.hasOwn(codecs, type)) {
    const known = [...Object.keys(codecs), 'Dictionary'].map(show).join(', ');
    throw typeError(ErrorCode.invalidOption, what, `one of ${known}`, show(type));
  }
  if (place.type !== undefined && place.type !== type)
    throw typeError(ErrorCode.invalidOption, what, 'one type', `${show(place.type)} and ${show(type)}`);
  place.type = type;
  if (type === 'Dictionary') place.dictionary = true;
  else place.codec = codecs[type];
}

/** A place is one thing: a value of a type, an array, or an object. */
function checkPlaces({ path, codec, dictionary, elements, values, members }: Shape): void {
  const kinds = [codec && 'a value', elements && 'an array', (dictionary || members) && 'an object'].filter(Boolean);
  if (kinds.length > 1)
    throw typeError(ErrorCode.invalidOption, `types, at ${path}`, 'one kind of thing', kinds.join(' and '));
  for (const inner of [elements, values, ...(members?.values() ?? [])]) if (inner) checkPlaces(inner);
}
