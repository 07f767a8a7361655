// One library in one case, in a process of its own: prepares once, then runs a round whenever it is told to.
// node child.mjs CASE LIBRARY, with an IPC channel; without a library where the case makes a table of its own.
const [caseName, libraryName] = process.argv.slice(2);

process.on('unhandledRejection', () => {});
// Nobody is left to be told anything.
process.on('disconnect', () => process.exit());
const measured = await import(`./cases/${caseName}.mjs`);
const run =
  measured.table === undefined
    ? await measured.prepare({ name: libraryName, ...(await import(`./libraries/${libraryName}.mjs`)) })
    : async () => ({ table: await measured.table() });
globalThis.gc();
process.on('message', async () => {
  // What is young only: a full collection throws compiled code away too, and the next 500 ms would pay for that.
  globalThis.gc({ type: 'minor' });
  try {
    const result = await run();
    process.send(typeof result === 'number' ? { value: result } : result);
  } catch (error) {
    process.send({ error: String(error) });
  }
});
process.send({ takesPart: run !== undefined });
