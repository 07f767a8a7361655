// HybridCache of ASP.NET Core.
import { libraryOf } from '../dotnet.mjs';

export const { available, cases, command, version } = libraryOf(
  'dotnet-hybrid-cache',
  'Microsoft.Extensions.Caching.Hybrid',
);
