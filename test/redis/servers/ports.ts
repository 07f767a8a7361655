import { createServer, type Server } from 'node:net';

// Below the ports that systems give to outgoing connections (Linux from 32768): a server that is down must find its port
// free again, and a client that reconnects to a dead port there may even be connected to itself. A cluster node also
// takes the port 10,000 above its own.
const first = 12_000;
const count = 10_000;

const randomPort = () => first + Math.floor(Math.random() * count);

/** Makes a server listen on a port of 127.0.0.1, on a free one unless a port is given. Resolves with the port. */
export async function listen(server: Server, port?: number): Promise<number> {
  for (let tries = 1; ; tries++) {
    const chosen = port ?? randomPort();
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(chosen, '127.0.0.1', () => {
          server.off('error', reject);
          resolve();
        });
      });
      return chosen;
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!taken || port !== undefined || tries === 50) throw error;
    }
  }
}

/** A port of 127.0.0.1 on which nobody listened a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
