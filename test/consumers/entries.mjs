import * as core from 'distributed-cache';
import * as compression from 'distributed-cache/compression';
import * as encryption from 'distributed-cache/encryption';
import * as longKeys from 'distributed-cache/hash-long-keys';
import * as v8 from 'distributed-cache/v8';
import smoke from './entries-body.cjs';

await smoke({ core, compression, encryption, longKeys, v8 });
