// Loaded with --import before main: makes `electron` mean the double, for ESM and CommonJS, and dresses the process up.
import { registerHooks } from 'node:module';
import { describeProcess } from './electron-version.ts';

const double = new URL('./electron.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    /^electron(\/main)?$/.test(specifier) ? { url: double, shortCircuit: true } : nextResolve(specifier, context),
});

describeProcess('browser');
