import { isLosslessNumber, type LosslessNumber } from 'lossless-json';
import { numberText, readNumber } from './numbers.js';
import { setMember, shapeOfMember } from './objects.js';
import type { Rules } from './rules.js';
import type { Shape } from './shape.js';

/** Makes of parsed JSON what the rules say. `size`: the number of bytes, for errors. */
export class Reader {
  constructor(
    private readonly rules: Rules,
    private readonly size: number,
  ) {}

  /** @throws SyntaxError */
  read(node: unknown, shape: Shape | undefined = this.rules.shape, depth = 0): unknown {
    if (node === null) return null;
    if (shape?.codec !== undefined) return this.typed(node, shape);
    if (typeof node !== 'object') return node;
    if (isLosslessNumber(node)) return readNumber(node.value);
    if (depth === this.rules.maxDepth)
      throw new SyntaxError(`${this.size} bytes of JSON with more than ${this.rules.maxDepth} levels`);
    return Array.isArray(node)
      ? node.map((element) => this.read(element, shape?.elements, depth + 1))
      : this.object(node as Record<string, unknown>, shape, depth + 1);
  }

  private object(node: Record<string, unknown>, shape: Shape | undefined, depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const jsonName of Object.keys(node)) {
      const name = shape?.dictionary ? jsonName : this.rules.naming.toJavaScript(jsonName);
      setMember(result, name, this.read(node[jsonName], shapeOfMember(shape, name), depth));
    }
    return result;
  }

  private typed(node: unknown, { codec, type, path }: Shape): unknown {
    const text = codec?.json === 'string' ? node : digitsOf(node);
    const value = typeof text === 'string' ? codec?.read(text) : undefined;
    // The path is the one in the options: a key of a dictionary would be a part of the value.
    if (value === undefined) throw new SyntaxError(`${this.size} bytes of JSON with no ${type} at ${path}`);
    return value;
  }
}

function digitsOf(node: unknown): string | undefined {
  // What the parser left as a number has these digits.
  if (typeof node === 'number') return numberText(node);
  return isLosslessNumber(node) ? (node as LosslessNumber).value : undefined;
}
