import { changes } from './changes.mjs';

export const title = 'A change in one process seen in another, where its message is lost';
export const unit = 'ms';
export const needsRedis = true;
export const isCount = true;
export const rounds = 3;
export const warmUps = 0;

export const prepare = (library) => changes(library, { count: 1, lost: true, giveUpAfter: 8_000 });
