// Test files of this checkout on Windows' own Node, by Wine, one after the other: `npm run test:on-windows -- FILE …`. Unpatched
// llama.cpp's own tools are not there: tests that ask them fail.
import { join } from 'node:path';
import { buildReferenceFor } from '../../native/build-prebuilt.ts';
import { progressLine } from '../../native/build.ts';
import { prepareReferencePrograms } from '../setup/reference-programs.ts';
import { emulated, missing, provide, ROOT } from './foreign.ts';

const files = process.argv.slice(2);
const reason = files.length === 0 ? 'Name test files.' : missing('win-x64');

if (reason === null) {
  // the models that these programs write
  await prepareReferencePrograms();
  await provide('win-x64');
  const reference = await buildReferenceFor('win-x64', progressLine(process.stderr));
  const windows = emulated('win-x64');
  const path = (name: string): string => windows.path(join(ROOT, name));
  const vitest = [path('node_modules/vitest/vitest.mjs'), 'run', '--reporter=verbose'];
  for (const file of files) {
    const { code, stdout, stderr } = await windows.node(
      [...vitest, `--config=${path('test/platforms/on-windows.config.ts')}`],
      { WINNOW_TESTS_ON_WINDOWS: file, WINNOW_REFERENCE_PROGRAMS: windows.path(reference) },
    );
    process.stdout.write(stdout + stderr);
    if (code !== 0) process.exitCode = 1;
  }
} else {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
}
