// The command line. Commands parse their options and print; the engine does the work.
import { inEnglish } from '../contract/sentences.ts';
import { littleAddressSpace } from '../engine/base/backend/address-space.ts';
import { endingHost, forkWorker } from '../engine/base/backend/worker-host.ts';
import { runCommandLine } from './command-line.ts';
import { openContext } from './context.ts';
import { Ending } from './ending.ts';
import { Output } from './output.ts';

// npm starts scripts in the package's folder; the user's paths are relative to the folder where they are
const { npm_lifecycle_event: script, INIT_CWD: startedIn } = process.env;
if (startedIn !== undefined && ['winnow', 'serve'].includes(script ?? '')) process.chdir(startedIn);

const output = new Output(process.argv.includes('--json'));
// first of all: below this limit, even this process may end without a message
const limited = littleAddressSpace();
if (limited) output.warn(inEnglish(limited));
const ending = new Ending(output);
// workers that nobody asks to stop, such as while a header is read, end by the signal, too
const { signal } = ending;
const context = openContext({ output, signal, host: endingHost(forkWorker, signal) });

let code = 1;
try {
  code = await runCommandLine(process.argv.slice(2), context);
} finally {
  await context.close();
}
await ending.end(code);
