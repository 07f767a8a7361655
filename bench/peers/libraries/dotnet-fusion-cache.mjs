// FusionCache of .NET.
import { available, commandOf, versionOf } from '../dotnet.mjs';

export { available };
export const version = versionOf('ZiggyCreatures.FusionCache');
export const command = commandOf('dotnet-fusion-cache');
export const cases = [
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
