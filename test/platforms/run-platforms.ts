// `npm run test:platforms`: what other machines have, on this one, within a limit of time: other systems' programs, beside
// them a graphics card in software and other processors' CPU backends. What follows `--` is vitest's, and of the former alone.
import { endOnSignals, giveUp, sideBySide, vitest } from '../setup/side-by-side.ts';
import { endWine } from './foreign.ts';

/** Emulated programs that wait for each other for ever would hold up everything else. */
const LIMIT_MINUTES = 20;

const asked = process.argv.slice(2);
const PREPARE = ['test/setup/prepare-machine.ts', '--emulators'];
const SYSTEMS = vitest('--config', 'test/platforms/vitest.config.ts', ...asked);
const DEVICES = vitest('--project', 'device-*');

endOnSignals('The tests of other platforms were stopped.', endWine);
const limit = setTimeout(() => {
  giveUp(
    `The tests of other platforms were stopped: they did not end within ${LIMIT_MINUTES} minutes. ` +
      'All other tests, without them: npm run test:host && npm run test:long',
    endWine,
  );
}, LIMIT_MINUTES * 60_000);

const [unprepared = 1] = await sideBySide(PREPARE);
// the card's kernels are compiled on one core
const codes = unprepared === 0 ? await sideBySide(SYSTEMS, ...(asked.length > 0 ? [] : [DEVICES])) : [];
clearTimeout(limit);
const [systems = unprepared, devices = 0] = codes;
// its summary stands somewhere above
if (devices !== 0) process.stderr.write('Tests of graphics cards or of other processors failed.\n');
process.exitCode = systems === 0 ? devices : systems;
