/** us of CPU that the server of an ioredis client has spent so far. */
export async function serverCpu(client) {
  const info = await client.info('cpu');
  const of = (name) => Number(info.match(new RegExp(`used_cpu_${name}:([\\d.]+)`))[1]);
  return (of('user') + of('sys')) * 1e6;
}
