// For processes of another system: node-llama-cpp's package for it lies apart from this checkout's, where `import`, other than
// `require`, does not look by itself.
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** In a folder as `node_modules`. */
const FROM = pathToFileURL(join(process.env['NODE_PATH'] ?? '', '..', 'here.js')).href;

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, specifier.startsWith('@node-llama-cpp/') ? { ...context, parentURL: FROM } : context),
});
