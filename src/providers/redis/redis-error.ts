import { BackendError, ErrorCode } from '../../core/errors.js';

const codes: Record<string, ErrorCode> = {
  OOM: ErrorCode.backendOutOfMemory,
  READONLY: ErrorCode.backendReadOnly,
  LOADING: ErrorCode.backendLoading,
  MASTERDOWN: ErrorCode.backendLoading,
  CLUSTERDOWN: ErrorCode.backendLoading,
  TRYAGAIN: ErrorCode.backendLoading,
  BUSY: ErrorCode.backendBusy,
  NOAUTH: ErrorCode.backendUnauthorized,
  WRONGPASS: ErrorCode.backendUnauthorized,
  NOPERM: ErrorCode.backendForbidden,
};

const remedies: Record<string, string> = {
  MOVED: ' It is a node of a Cluster: name several endpoints, or hand in a Cluster client.',
};

/**
 * The first word of an error reply, `''` for what is none. Redis 6 and older put what a command in a script failed with
 * behind words of their own: `ERR Error running script ...: -OOM command not allowed ...`.
 */
export function replyCode(error: unknown): string {
  const { message = '', name = '' } = Object(error) as { message?: string; name?: string };
  // ioredis-mock has plain errors with the messages of Redis.
  if (name !== 'ReplyError' && !/^(NOSCRIPT|WRONGTYPE|EXECABORT|ERR) /.test(message)) return '';
  // A command in a script that this user may not use: what Redis 7.0, and later ones, say.
  if (/^ERR (The user executing the script can't|ACL failure in script)/.test(message)) return 'NOPERM';
  const inner = /^ERR .*[ :]-([A-Z]{3,}) /.exec(message);
  return inner?.[1] ?? /^[A-Z]+/.exec(message)?.[0] ?? '';
}

/**
 * What a client failed with, as an error of ours. The client's own has the whole command in it, passwords and values
 * too, so the cause is a copy without it.
 *
 * @param hints - What is probably meant otherwise, where there is no connection.
 */
export function backendError(error: unknown, hints: readonly string[] = []): Error {
  if (error instanceof BackendError) return error;
  const first = firstOf(error);
  const reply = replyCode(first);
  const message = withoutArguments((first as Error)?.message ?? String(first));
  const code = reply === '' ? ErrorCode.backendUnavailable : (codes[reply] ?? ErrorCode.backendFailed);
  const what = reply === '' ? 'Redis could not be reached' : 'Redis refused a command';
  const more = reply === '' ? hints.map((hint) => ` ${hint}`).join('') : (remedies[reply] ?? '');
  return new BackendError(code, `${what}: ${withoutStop(message)}.${more}`, { cause: stripped(first) });
}

/** A transaction that was given up names what was wrong with its commands. */
function firstOf(error: unknown): unknown {
  const { previousErrors } = Object(error) as { previousErrors?: unknown[] };
  return Array.isArray(previousErrors) && previousErrors.length > 0 ? previousErrors[0] : error;
}

/** A server that does not know a command says what came with it: a value, or the password of a HELLO. */
const withoutArguments = (text: string) => text.replace(/,? with args beginning with:.*$/s, '');

const withoutStop = (text: string) => text.replace(/\.\s*$/, '');

function stripped(error: unknown): Error {
  const { name, message, code, stack } = Object(error) as Partial<Error> & { code?: unknown };
  const text = withoutArguments(message ?? String(error));
  const copy = new Error(text);
  if (name !== undefined) Object.defineProperty(copy, 'name', { value: name, configurable: true, writable: true });
  if (stack !== undefined) copy.stack = message === undefined ? stack : stack.replace(message, () => text);
  return typeof code === 'string' ? Object.assign(copy, { code }) : copy;
}

/** Nothing was answered in time. */
export function timeoutError(ms: number, lastError: unknown): BackendError {
  const because = lastError === undefined ? '' : ` The connection's last error: ${(lastError as Error).message}`;
  return new BackendError(ErrorCode.timeout, `Redis did not answer within ${ms} ms.${because}`, {
    cause: lastError === undefined ? undefined : stripped(lastError),
  });
}

/** The connection went while calls were under way. Whether they were carried out is not known. */
export function connectionLost(lastError: unknown): BackendError {
  const cause = lastError === undefined ? undefined : stripped(lastError);
  return new BackendError(ErrorCode.backendUnavailable, 'The connection to Redis was lost before it answered.', {
    cause,
  });
}

/** More waits for an answer than may. */
export function busyError(limit: number): BackendError {
  return new BackendError(ErrorCode.backendBusy, `More than ${limit} calls wait for Redis (option maxPending).`);
}

/** The values that wait for a connection take more memory than they may. */
export function fullError(bytes: number): BackendError {
  const message = `Sets with more than ${bytes / 1024 / 1024} MiB of values wait for a connection to Redis.`;
  return new BackendError(ErrorCode.backendBusy, message);
}

/** Whether Redis says that this connection may not use a command, or that it has none of that name. */
export function isCommandRefusal(error: unknown): boolean {
  const message = String((error as Error)?.message);
  const reply = replyCode(error);
  if (reply === 'NOPERM') return !isKeyRefusal(error);
  return reply === 'ERR' && /unknown|not allowed|disabled|unsupported|not supported/i.test(message);
}

/** Whether Redis says that this user may not touch one of the keys, which says nothing about the command and the others. */
export function isKeyRefusal(error: unknown): boolean {
  return replyCode(error) === 'NOPERM' && /\baccess\b.*\bkeys?\b/.test(String((error as Error).message));
}
