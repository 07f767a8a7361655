// One library in one case, in a process of its own: prepares once, then runs a round whenever it is told to.
// node child.mjs CASE LIBRARY, with an IPC channel; without a library where the case makes a table of its own.
const [caseName, libraryName] = process.argv.slice(2);

process.on('unhandledRejection', () => {});
const measured = await import(`./cases/${caseName}.mjs`);
const run =
  measured.table === undefined
    ? await measured.prepare(await import(`./libraries/${libraryName}.mjs`))
    : async () => ({ table: await measured.table() });
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
