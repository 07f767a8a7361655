// The process of .NET libraries: bench/peers/dotnet, built where there is a .NET SDK of version 10 or later.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const project = fileURLToPath(new URL('./dotnet', import.meta.url));
const output = fileURLToPath(new URL('../../.cache/bench-dotnet', import.meta.url));
const env = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' };
let building;

/** Whether there is a .NET here; builds the process once. */
function available() {
  building ??= build();
  return building;
}

async function build() {
  const version = await execute('dotnet', ['--version'], { env }).then(
    ({ stdout }) => Number.parseInt(stdout, 10),
    () => 0,
  );
  if (version < 10) {
    console.error('NO .NET SDK 10 ON THE PATH: its libraries are left out.');
    return false;
  }
  console.error('building the process of .NET');
  // No build server is left running, and nothing is written beside the sources.
  const settings = ['-nodeReuse:false', '-p:UseSharedCompilation=false', '--artifacts-path', join(output, 'artifacts')];
  await execute('dotnet', ['build', project, '-c', 'Release', '-o', join(output, 'out'), ...settings], { env });
  return true;
}

/** The cases of what is in this process. */
const localCases = [
  'local-hot',
  'local-zipf',
  'local-10kb',
  'local-tiered',
  'peek',
  'allocated',
  'memory',
  'stampede',
  'stampede-failing',
];

/** What the file of a library exports: its name in bench/peers/dotnet, the package whose version is told, its cases. */
export const libraryOf = (name, packageName, cases = localCases) => ({
  available,
  cases,
  command: (caseName) => ['dotnet', join(output, 'out', 'Bench.dll'), name, caseName],
  version: () => versionOf(packageName),
});

/** The version of a package, as the project names it. */
function versionOf(packageName) {
  const reference = new RegExp(`"${packageName.replaceAll('.', '\\.')}" Version="\\[(.*?)\\]"`);
  return reference.exec(readFileSync(join(project, 'Bench.csproj'), 'utf8'))[1];
}
