#!/usr/bin/env node
// Starts the command line. What it and its workers load is compiled at the first start, not at each: that takes half of it.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// in a folder of this installation: from one that others can write to, their code would run
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));
enableCompileCache(process.env['NODE_COMPILE_CACHE']);

await import('./start.ts');
