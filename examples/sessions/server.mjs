import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

/** POST /login · GET /profile · POST /cart · GET /help · POST /logout */
export function sessionServer(sessions) {
  return createServer(async (request, response) => {
    try {
      const id = idIn(request.headers.cookie);
      // Whatever is asked for, the user is there. A page that needs nothing of the session costs no more than this.
      if (id !== undefined) await sessions.touch(id);
      await route(sessions, id, request, response);
    } catch (error) {
      console.error(error);
      send(response, 500, { error: 'internal error' });
    }
  });
}

async function route(sessions, id, request, response) {
  const path = `${request.method} ${request.url}`;
  if (path === 'POST /login') {
    const { user } = await json(request);
    // What an old cookie names is over. To go on with its id would let who planted it share the session.
    if (id !== undefined) await sessions.destroy(id);
    setCookie(response, await sessions.create({ user, cart: [] }));
    return send(response, 200, { user });
  }
  if (path === 'POST /logout') {
    if (id !== undefined) await sessions.destroy(id);
    setCookie(response, '', 'Max-Age=0');
    return send(response, 200, {});
  }
  if (path === 'GET /help') return send(response, 200, { help: 'the same for everybody' });

  const session = id && (await sessions.load(id));
  if (session === undefined) return send(response, 401, { error: 'log in first' });
  if (path === 'GET /profile') return send(response, 200, { user: session.user, cart: session.cart });
  if (path === 'POST /cart') {
    session.cart.push(await json(request));
    await sessions.save(id, session);
    return send(response, 200, { cart: session.cart });
  }
  return send(response, 404, { error: 'not found' });
}

const uuid = /(?:^|; )session=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:;|$)/;
const idIn = (cookie = '') => uuid.exec(cookie)?.[1];

function setCookie(response, id, ...attributes) {
  // Where there is HTTPS, add Secure.
  const cookie = [`session=${id}`, 'HttpOnly', 'SameSite=Lax', 'Path=/', ...attributes];
  response.setHeader('set-cookie', cookie.join('; '));
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
