// Holds the write lock of the store for the given milliseconds after saying so.
import { writeSync } from 'node:fs';
import { openStore } from '../../../../electron/engine/store/database.ts';
import { setSetting } from '../../../../electron/engine/store/settings.ts';

const store = openStore(process.argv[2]!);
store.transaction(() => {
  setSetting(store, 'first', 1);
  writeSync(1, 'locked\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(process.argv[3]));
});
store.close();
