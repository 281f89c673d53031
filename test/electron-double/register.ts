// Loaded with --import before main: makes `electron` mean the double, for ESM and CommonJS.
import { registerHooks } from 'node:module';

const double = new URL('./main/electron.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    /^electron(\/main)?$/.test(specifier) ? { url: double, shortCircuit: true } : nextResolve(specifier, context),
});
