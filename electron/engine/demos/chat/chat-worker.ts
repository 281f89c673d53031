// Entry of a chat worker: a process that runs models with node-llama-cpp.
import { registerHooks } from 'node:module';
import { watchParent } from '../../base/backend/watch-parent.ts';

watchParent();

/**
 * On most systems node-llama-cpp first tries its binary in a separate process, in case loading it kills the process.
 * This worker already is such a process; and in Electron, whose utility processes cannot start any, the trial
 * would always fail.
 */
const BINARY_TRIAL = '/node-llama-cpp/dist/bindings/utils/testBindingBinary.js';
const PASSED_TRIAL = 'data:text/javascript,export const testBindingBinary = async () => true';

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const resolved = nextResolve(specifier, context);
    return resolved.url.endsWith(BINARY_TRIAL) ? { url: PASSED_TRIAL, format: 'module', shortCircuit: true } : resolved;
  },
});

await import('./answer-chat.ts');
