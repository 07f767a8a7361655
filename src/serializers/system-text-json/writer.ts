import { LosslessNumber } from 'lossless-json';
import { isWellFormed } from '../../core/arguments.js';
import { ErrorCode, typeError } from '../../core/errors.js';
import { base64Text } from './base64.js';
import type { Codec } from './codecs.js';
import { numberText } from './numbers.js';
import { kindOf, setMember, shapeOfMember } from './objects.js';
import type { Rules } from './rules.js';
import type { Shape } from './shape.js';
import { instantText } from './times.js';

const storable = 'something that System.Text.Json can read';

/** Makes of one value a tree of what JSON can hold, under the names that .NET reads. */
export class Writer {
  /** Whether the tree has numbers that `JSON.stringify` can't write. */
  exact = false;
  private readonly steps: string[] = [];
  private readonly ancestors: unknown[] = [];

  constructor(private readonly rules: Rules) {}

  /** `undefined` for what JSON leaves out. @throws TypeError `ERR_NOT_SERIALIZABLE` */
  write(given: unknown, shape: Shape | undefined = this.rules.shape, key = ''): unknown {
    const value = this.asJson(given, key);
    if (value === null || value === undefined || typeof value === 'function' || typeof value === 'symbol')
      return value === null ? null : undefined;
    if (shape?.codec !== undefined) return this.typed(value, shape.codec);
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.number(value);
    if (typeof value === 'bigint') return this.digits(String(value));
    return typeof value === 'boolean' ? value : this.object(value, shape);
  }

  /** The value's `toJSON()`, if it has one: not that of a Date or a Buffer, which are known. */
  private asJson(value: unknown, key: string): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (typeof (value as { toJSON?: unknown }).toJSON !== 'function' || /^(?:Date|Uint8Array)$/.test(kindOf(value)))
      return value;
    try {
      return (value as { toJSON(key: string): unknown }).toJSON(key);
    } catch (cause) {
      throw Object.assign(this.unfit('an object whose toJSON() throws'), { cause });
    }
  }

  private typed(value: unknown, codec: Codec): unknown {
    const kind = kindOf(value);
    const text = kind === codec.takes ? codec.write(value) : undefined;
    if (text === undefined)
      throw this.unfit(kind === codec.takes ? `another ${kind}` : withArticle(kind), codec.expects);
    return codec.json === 'number' ? this.digits(text) : text;
  }

  private text(value: string): string {
    if (!isWellFormed(value)) throw this.unfit('a string with a lone surrogate');
    return value;
  }

  private number(value: number): unknown {
    const text = numberText(value);
    if (text === undefined) throw this.unfit(String(value));
    return text === String(value) ? value : this.digits(text);
  }

  private digits(text: string): LosslessNumber {
    this.exact = true;
    return new LosslessNumber(text);
  }

  private object(value: object, shape: Shape | undefined): unknown {
    const kind = kindOf(value);
    switch (kind) {
      case 'Date': {
        const text = instantText(value as Date, 'Z');
        if (text === undefined) throw this.unfit('another Date', 'a Date of the years 1 to 9999');
        return text;
      }
      case 'Uint8Array':
        return base64Text(value as Uint8Array);
      case 'Array':
      case 'Set':
        return this.inside(value, () => this.list([...(value as Iterable<unknown>)], shape?.elements));
      case 'Map':
        return this.inside(value, () => this.members(value as Map<unknown, unknown>, shape, true));
      case 'Object':
        return this.inside(value, () => this.members(Object.entries(value), shape, shape?.dictionary ?? false));
      default:
        throw this.unfit(withArticle(kind));
    }
  }

  private inside<T>(value: object, write: () => T): T {
    if (this.ancestors.includes(value)) throw this.unfit('a reference to an object around it');
    const { maxDepth } = this.rules;
    if (this.ancestors.length === maxDepth) throw this.unfit('more', `at most ${maxDepth} levels`);
    this.ancestors.push(value);
    const result = write();
    this.ancestors.pop();
    return result;
  }

  private list(elements: readonly unknown[], shape: Shape | undefined): unknown[] {
    return elements.map((element, i) => {
      this.steps.push(`[${i}]`);
      const result = this.write(element, shape, String(i)) ?? null;
      this.steps.pop();
      return result;
    });
  }

  private members(entries: Iterable<[unknown, unknown]>, shape: Shape | undefined, dictionary: boolean): unknown {
    const result: Record<string, unknown> = {};
    for (const [key, member] of entries) {
      if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'bigint')
        throw this.unfit(withArticle(kindOf(key)), 'strings or numbers as keys');
      const name = String(key);
      this.steps.push(`.${name}`);
      const written = this.write(member, shapeOfMember(shape, name), name);
      if (written !== undefined) this.put(result, dictionary ? name : this.rules.naming.toJson(name), written);
      this.steps.pop();
    }
    return result;
  }

  private put(target: Record<string, unknown>, jsonName: string, value: unknown): void {
    if (Object.hasOwn(target, jsonName)) throw this.unfit('that of another member', 'a name of its own in the JSON');
    setMember(target, this.text(jsonName), value);
  }

  private unfit(got: string, expected = storable): TypeError {
    return typeError(ErrorCode.notSerializable, `value at $${this.steps.join('')}`, expected, got);
  }
}

function withArticle(kind: string): string {
  if (/^[A-Z]/.test(kind) && !/^-?Infinity$|^NaN$/.test(kind)) return `an object (${kind})`;
  return /^(?:null|undefined|-?Infinity|NaN)$/.test(kind) ? kind : `a ${kind}`;
}
