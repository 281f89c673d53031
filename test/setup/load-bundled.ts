// Hands a process what bundled-processes.ts has made of its modules.
import { registerHooks } from 'node:module';
import { PROCESS_ENTRIES } from './process-entries.ts';

const root = new URL('../../', import.meta.url);
const folder = process.env['WINNOW_BUNDLES'];
const bundles = new Map(PROCESS_ENTRIES.map((entry) => [new URL(entry, root).href, `${folder}/${entry}.mjs`]));

if (folder !== undefined) {
  registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context);
      const bundle = bundles.get(found.url);
      return bundle === undefined ? found : { ...found, url: bundle, format: 'module' };
    },
  });
}
