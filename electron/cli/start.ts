// The command line. Commands parse their options and print; the engine does the work.
import { Engine } from '../engine/engine.ts';
import { runCommandLine } from './command-line.ts';
import { Output } from './output.ts';

// npm starts scripts in the package's folder; the paths that the user types count from where they are
const { npm_lifecycle_event: script, INIT_CWD: startedIn } = process.env;
if (startedIn !== undefined && ['winnow', 'tour', 'demo', 'serve'].includes(script ?? '')) process.chdir(startedIn);

const output = new Output(process.argv.includes('--json'));
const engine = new Engine();
const interrupt = new AbortController();

// Ctrl+C, a service manager, a terminal that closes
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(130);
    output.note('stopping; what is finished is kept (Ctrl+C again to quit at once)');
    interrupt.abort();
  });
}

// a reader that has seen enough, such as `| head`, is no error: what still runs ends as by Ctrl+C
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    interrupt.abort();
  });
}

try {
  const code = await runCommandLine(process.argv.slice(2), { output, engine, signal: interrupt.signal });
  if (code !== 0) process.exitCode = code; // "doctor" says by itself that something is amiss
} finally {
  await engine.close();
}
