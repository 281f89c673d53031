// Makes a home folder of somebody who has done nothing yet but switch off that files are measured once they are written.
// Usage: node make-unmeasured-home.ts <home>
import { openSeedSession } from './session.ts';

const [home] = process.argv.slice(2);
if (home === undefined) throw new Error('Say which folder to fill.');
const session = openSeedSession(home);
await session.client.call('settings.set', { measureExports: false });
await session.close();
