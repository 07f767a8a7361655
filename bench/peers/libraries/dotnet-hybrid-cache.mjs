// HybridCache of ASP.NET Core.
import { available, commandOf, versionOf } from '../dotnet.mjs';

export { available };
export const version = versionOf('Microsoft.Extensions.Caching.Hybrid');
export const command = commandOf('dotnet-hybrid-cache');
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
