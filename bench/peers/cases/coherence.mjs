import { changes } from './changes.mjs';

export const title = 'A change in one process seen in another, after `set` resolved';
export const unit = 'ms';
export const needsRedis = true;
export const isCount = true;
export const rounds = 5;
export const warmUps = 1;

export const prepare = (library) => changes(library, { count: 100, lost: false, giveUpAfter: 8_000 });
