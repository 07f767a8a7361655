// Builds the ASP.NET Core service: once for its sources as they are, and for one SDK.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const sources = fileURLToPath(new URL('aspnet', import.meta.url));
const builds = fileURLToPath(new URL('../../.cache/examples', import.meta.url));
const env = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' };

/** Resolves to the path of the service, or to `undefined` where there is no SDK, after a line that says so. */
export async function buildAspNetService() {
  const sdk = await execute('dotnet', ['--version'], { env }).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
  if (!(Number.parseInt(sdk, 10) >= 10)) {
    const missing = 'There is no .NET SDK 10 on the PATH';
    if (!['', '0', 'false'].includes(process.env.CI ?? ''))
      throw new Error(`${missing}, and with CI set nothing is skipped.`);
    console.log(`\nSkipped: what needs .NET. ${missing}.`);
    return undefined;
  }
  const hash = createHash('sha256').update(sdk);
  for (const name of readdirSync(sources).sort()) hash.update(name).update(readFileSync(join(sources, name)));
  const built = join(builds, `aspnet-and-node-${hash.digest('hex').slice(0, 12)}`);
  if (!existsSync(built)) {
    console.log('The ASP.NET Core service is built, which takes a while the first time.');
    await build(built);
  }
  return join(built, 'ProductService.dll');
}

/** Builds aside and moves the result into place, so that what is there is always whole. */
async function build(built) {
  const aside = `${built}.${process.pid}`;
  // No build server is left running, and nothing is written beside the sources.
  const settings = ['-nodeReuse:false', '-p:UseSharedCompilation=false', '--artifacts-path', join(aside, 'artifacts')];
  try {
    await execute('dotnet', ['build', sources, '-c', 'Release', '-o', join(aside, 'out'), ...settings], { env });
    await rename(join(aside, 'out'), built).catch((error) => {
      // Another run of the example has built the same.
      if (!existsSync(built)) throw error;
    });
  } catch (error) {
    throw new Error(`The ASP.NET Core service could not be built: ${error.message}\n${error.stdout ?? ''}`);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
