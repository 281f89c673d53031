// Builds the interface: one page for the desktop window, one for the served mode. The built pages ask for nothing from
// outside, so that a closed content security policy suits them.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { LANGUAGES } from './electron/contract/text/languages.ts';

/** English is always read: it stands in for what another language lacks. */
const READ_AT_ONCE = ['start', 'interface', 'en'];

const root = fileURLToPath(new URL('./renderer/', import.meta.url));

export default defineConfig({
  root,
  base: './',
  plugins: [react(), spokenLanguagesOnly(), preloadInterface()],
  build: {
    outDir: fileURLToPath(new URL('./dist/renderer/', import.meta.url)),
    emptyOutDir: true,
    target: 'chrome140',
    // inlined data: URLs would need a wider policy
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: { desktop: `${root}index.html`, served: `${root}served.html` },
      output: {
        codeSplitting: {
          // read from this machine's disk: few files open sooner than many
          groups: [
            { name: 'open', tags: ['$initial'], minShareCount: 2, priority: 1 },
            ...Object.keys(LANGUAGES).map((name) => ({
              name,
              test: new RegExp(String.raw`[\\/]contract[\\/]text[\\/]${name}[\\/]`),
            })),
            { name: 'interface', minShareCount: 2 },
          ],
        },
      },
    },
  },
});

/** The browser fetches at once what the entries load later (`open.ts`). Of the screens one will do, which they know. */
function preloadInterface(): Plugin {
  return {
    name: 'preload-interface',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle = {} }) =>
        Object.values(bundle)
          .filter((file) => file.type === 'chunk' && READ_AT_ONCE.includes(file.name))
          .map(({ fileName }) => ({
            tag: 'link',
            injectTo: 'head' as const,
            attrs: { rel: 'modulepreload', crossorigin: true, href: `./${fileName}` },
          })),
    },
  };
}

/** React Aria says its few words in many more languages than the interface does. */
function spokenLanguagesOnly(): Plugin {
  return {
    name: 'spoken-languages-only',
    load: (id) => {
      const language =
        /\/(?:react-aria|react-stately|react-aria-components)\/.*\/intl\/.*\b([a-z]{2})-[A-Z]{2}\.mjs$/.exec(id)?.[1];
      return language === undefined || language in LANGUAGES ? null : 'export default {};';
    },
  };
}
