#!/usr/bin/env node
// Starts the command line. Its code and its workers' code is compiled only at the first start: compiling takes half of a start.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// in a folder of this installation: from a folder that others can write to, their code could run
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));
enableCompileCache(process.env['NODE_COMPILE_CACHE']);

await import('./start.ts');
