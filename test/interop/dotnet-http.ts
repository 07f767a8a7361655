type Query = Record<string, string | number | undefined>;
type Body = { readonly bytes: Uint8Array } | { readonly json: unknown };

/** A request to the process. What it throws there rejects here, with the exception's name. */
export type Call = (method: string, path: string, query?: Query, body?: Body) => Promise<Response>;

export function callerOf(base: string): Call {
  return async (method, path, query = {}, body) => {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
    const reply = await fetch(`${base}${path}?${search}`, { method, ...(body && contentOf(body)) });
    if (reply.ok || (reply.status === 404 && method === 'GET')) return reply;
    throw new Error(`.NET answered ${method} ${path} with ${reply.status}: ${await reply.text()}`);
  };
}

const contentOf = (body: Body) =>
  'bytes' in body
    ? { body: Buffer.from(body.bytes) }
    : { body: JSON.stringify(body.json), headers: { 'content-type': 'application/json' } };
