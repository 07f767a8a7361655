import * as core from 'distributed-cache';
import * as testing from 'distributed-cache/testing';
import smoke from './smoke-body.cjs';

await smoke(core, testing);
