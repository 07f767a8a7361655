// The parts of Redis's protocol that the fixtures need: requests, and the replies of RESP2.

/** A reply: a simple string as string, a bulk string as Buffer, an integer as number (bigint where that loses digits). */
export type Reply = string | number | bigint | Buffer | null | Error | Reply[];

/** An error reply: `code` is its first word. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  readonly code: string;

  constructor(message: string) {
    super(message);
    this.code = message.split(' ', 1)[0] as string;
  }
}

export type Argument = string | number | Buffer;

export function encodeCommand(args: readonly Argument[]): Buffer {
  return encodeReply(args.map((arg) => (Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg)))));
}

export function encodeReply(reply: Reply): Buffer {
  const parts: Buffer[] = [];
  const line = (text: string) => parts.push(Buffer.from(`${text}\r\n`));
  const put = (value: Reply): void => {
    if (value === null) line('$-1');
    else if (typeof value === 'string') line(`+${value}`);
    else if (value instanceof Error) line(`-${value.message}`);
    else if (Buffer.isBuffer(value)) {
      line(`$${value.length}`);
      parts.push(value, Buffer.from('\r\n'));
    } else if (Array.isArray(value)) {
      line(`*${value.length}`);
      value.forEach(put);
    } else line(`:${value}`);
  };
  put(reply);
  return Buffer.concat(parts);
}

/** A reply with its bulk strings decoded, at every depth. */
export function decoded(reply: Reply): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString();
  return Array.isArray(reply) ? reply.map(decoded) : reply;
}

/** Where a parser is in the bytes that have come. What it asks for and is not there yet is undefined. */
class Cursor {
  readonly #buffer: Buffer;
  at = 0;
  /** How many bytes there must be for the next attempt to get further. */
  need = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  line(): string | undefined {
    const end = this.#buffer.indexOf('\r\n', this.at);
    if (end < 0) {
      this.need = this.#buffer.length + 1;
      return undefined;
    }
    const text = this.#buffer.toString('utf8', this.at, end);
    this.at = end + 2;
    return text;
  }

  bytes(length: number): Buffer | undefined {
    const end = this.at + length;
    if (this.#buffer.length < end + 2) {
      this.need = end + 2;
      return undefined;
    }
    if (this.#buffer.toString('latin1', end, end + 2) !== '\r\n') throw new Error('not RESP: no end of line');
    const bytes = this.#buffer.subarray(this.at, end);
    this.at = end + 2;
    return bytes;
  }
}

function lengthOf(digits: string): number {
  if (!/^-?\d{1,15}$/.test(digits)) throw new Error(`not RESP: the length ${JSON.stringify(digits.slice(0, 40))}`);
  return Number(digits);
}

function parseRequest(cursor: Cursor): Buffer[] | undefined {
  const head = cursor.line();
  if (head === undefined) return undefined;
  // What a person types into telnet.
  if (head[0] !== '*') return head.split(' ').flatMap((word) => (word === '' ? [] : [Buffer.from(word)]));
  const args: Buffer[] = [];
  for (let left = lengthOf(head.slice(1)); left > 0; left--) {
    const size = cursor.line();
    if (size === undefined) return undefined;
    if (size[0] !== '$') throw new Error('not RESP: a request of something else than bulk strings');
    const arg = cursor.bytes(lengthOf(size.slice(1)));
    if (arg === undefined) return undefined;
    args.push(arg);
  }
  return args;
}

function parseReply(cursor: Cursor): Reply | undefined {
  const head = cursor.line();
  if (head === undefined) return undefined;
  const rest = head.slice(1);
  switch (head[0]) {
    case '+':
      return rest;
    case '-':
      return new ReplyError(rest);
    case ':':
      return Number.isSafeInteger(Number(rest)) ? Number(rest) : BigInt(rest);
    case '$':
      return rest === '-1' ? null : cursor.bytes(lengthOf(rest));
    case '*': {
      if (rest === '-1') return null;
      const items: Reply[] = [];
      for (let left = lengthOf(rest); left > 0; left--) {
        const item = parseReply(cursor);
        if (item === undefined) return undefined;
        items.push(item);
      }
      return items;
    }
    default:
      throw new Error(`not RESP2: ${JSON.stringify(head.slice(0, 40))}`);
  }
}

/** Cuts a stream of bytes into messages. `push` throws once the stream is not RESP; then it can't be used further. */
class Splitter<T> {
  readonly #parse: (cursor: Cursor) => T | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  #need = 1;

  constructor(parse: (cursor: Cursor) => T | undefined) {
    this.#parse = parse;
  }

  push(chunk: Buffer): T[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    // A large value comes in many chunks; joining them once is enough.
    if (this.#size < this.#need) return [];
    const buffer = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const cursor = new Cursor(buffer);
    const messages: T[] = [];
    let start = 0;
    while (start < buffer.length) {
      const message = this.#parse(cursor);
      if (message === undefined) break;
      messages.push(message);
      start = cursor.at;
    }
    this.#chunks = start < buffer.length ? [buffer.subarray(start)] : [];
    this.#size = buffer.length - start;
    this.#need = this.#size === 0 ? 1 : cursor.need - start;
    return messages;
  }
}

export const requestSplitter = (): Splitter<Buffer[]> => new Splitter(parseRequest);
export const replySplitter = (): Splitter<Reply> => new Splitter(parseReply);
