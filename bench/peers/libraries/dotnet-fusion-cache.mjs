// FusionCache of .NET.
import { libraryOf } from '../dotnet.mjs';

export const { available, cases, command, version } = libraryOf('dotnet-fusion-cache', 'ZiggyCreatures.FusionCache');
