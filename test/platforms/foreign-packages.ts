// For processes of another system: node-llama-cpp's package for it lies apart from this checkout's, where `import`, other than
// `require`, does not look by itself.
import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

registerHooks({
  resolve: (specifier, context, next) => {
    if (!specifier.startsWith('@node-llama-cpp/')) return next(specifier, context);
    return next(pathToFileURL(require.resolve(specifier)).href, context);
  },
});
