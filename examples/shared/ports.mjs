import { createServer } from 'node:net';

/** Makes a server listen on 127.0.0.1, on a free port unless one is given. Resolves to the port. */
export async function listen(server, port) {
  for (let tries = 1; ; tries++) {
    // Below the ports that systems give to outgoing connections: a server that was stopped finds its port free again.
    const chosen = port ?? 12_000 + Math.floor(10_000 * Math.random());
    try {
      await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(chosen, '127.0.0.1', () => {
          server.off('error', reject);
          resolve();
        });
      });
      return chosen;
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || port !== undefined || tries === 50) throw error;
    }
  }
}

/** A port of 127.0.0.1 on which nobody listens. */
export async function freePort() {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
