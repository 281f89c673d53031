// Holds its file until it is killed.
import { holdFile } from '../../../../electron/engine/store/owner.ts';

process.stdout.write(`${holdFile() ?? ''}\n`);
setInterval(() => {}, 1000);
