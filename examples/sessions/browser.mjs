/** A client that keeps its cookie. */
export class Browser {
  cookie;

  constructor(base) {
    this.base = base;
  }

  async request(path, body) {
    const response = await fetch(this.base + path, {
      method: body === undefined ? 'GET' : 'POST',
      body: body && JSON.stringify(body),
      headers: this.cookie === undefined ? {} : { cookie: this.cookie },
    });
    const cookie = response.headers.get('set-cookie');
    if (cookie !== null) this.cookie = cookie.split(';')[0];
    return { status: response.status, ...(await response.json()) };
  }
}
