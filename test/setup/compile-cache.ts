// Processes start by the hundred in tests: what they load is compiled once.
import { fileURLToPath } from 'node:url';

/** For NODE_COMPILE_CACHE. */
export const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/compiled/', import.meta.url));
