// Waits for a line, opens the store in the given folder, adds a row, and says so.
import { once } from 'node:events';
import { openStore } from '../../../../electron/engine/store/database.ts';
import { setSetting } from '../../../../electron/engine/store/settings.ts';

console.log('ready');
await once(process.stdin, 'data');
const store = openStore(process.argv[2]!);
setSetting(store, `opened by ${process.pid}`, true);
store.close();
console.log('opened');
process.stdin.unref();
