// One library in one case, in a process of its own: prepares once, then runs a round whenever it is told to.
// node child.mjs CASE LIBRARY, with an IPC channel.
const [caseName, libraryName] = process.argv.slice(2);

process.on('unhandledRejection', () => {});
const [measured, library] = await Promise.all([
  import(`./cases/${caseName}.mjs`),
  import(`./libraries/${libraryName}.mjs`),
]);
const run = await measured.prepare(library);
process.on('message', async () => {
  globalThis.gc();
  try {
    const result = await run();
    process.send(typeof result === 'number' ? { value: result } : result);
  } catch (error) {
    process.send({ error: String(error) });
  }
});
process.send({ takesPart: run !== undefined });
