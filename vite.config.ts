// Builds the interface: one page for the desktop window, one for the served mode. The built pages ask for nothing from
// outside, so that a closed content security policy suits them.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('./renderer/', import.meta.url));

export default defineConfig({
  root,
  base: './',
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL('./dist/renderer/', import.meta.url)),
    emptyOutDir: true,
    target: 'chrome140',
    // inlined data: URLs would need a wider policy
    assetsInlineLimit: 0,
    // read from this machine's disk: one file opens sooner than many
    chunkSizeWarningLimit: 2000,
    rolldownOptions: { input: { desktop: `${root}index.html`, served: `${root}served.html` } },
  },
});
