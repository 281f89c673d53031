// Hands a process zod as the one file that one-file-zod.ts has made.
import { registerHooks } from 'node:module';

const ZOD = new URL('../../node_modules/zod/index.js', import.meta.url).href;
const ONE_FILE = new URL('../../node_modules/.cache/zod/zod.js', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context);
    return found.url === ZOD ? { ...found, url: ONE_FILE } : found;
  },
});
