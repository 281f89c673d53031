// Writes lines into the log of the given folder, enough to rotate it, says so, and stays.
import { openEngineLog } from '../../../../electron/engine/app/session/engine-log.ts';

const log = openEngineLog(process.argv[2]!, Number(process.argv[3]));
for (let i = 0; i < 300; i++) log.add('info', 'engine', `line of the other ${i} ${'.'.repeat(40)}`);
process.stdout.write('rotated\n');
setInterval(() => undefined, 1000);
