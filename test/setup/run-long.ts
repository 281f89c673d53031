// `npm run test:long`: whole searches, interrupted work and attacks by the command line, and beside them whole journeys through the window.
import { ensureBuilt } from './built-page.ts';
import { endOnSignals, sideBySide, vitest } from './side-by-side.ts';

endOnSignals('The long tests were stopped.');
// both need it
await ensureBuilt('page');
const [searches = 1, journeys = 1] = await sideBySide(vitest('--project', 'long'), [
  'node_modules/@playwright/test/cli.js',
  'test',
  '--project=journeys',
]);
// the summary of one stands somewhere above the other's
if (searches !== 0) process.stderr.write('Tests of searches, interrupted work or attacks failed.\n');
if (journeys !== 0) process.stderr.write('Tests of journeys through the window failed.\n');
process.exitCode = searches === 0 ? journeys : searches;
