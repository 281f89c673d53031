// A process that watches its parent, and hears of nothing else: it counts, asleep or awake.
import { watchParent } from '../../../../electron/engine/base/backend/parent-port.ts';

const [how = '', graceMs = '0', memoryMiB] = process.argv.slice(2);
watchParent({ graceMs: Number(graceMs), ...(memoryMiB === undefined ? {} : { memoryMiB: Number(memoryMiB) }) });
process.on('disconnect', () => {});
process.send?.('here');
const held: Buffer[] = [];
/** The most that it takes where nobody stops it. */
const MOST_MIB = 1024;
setTimeout(() => {
  for (;;) {
    if (how === 'asleep') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    if (how === 'hungry' && held.push(Buffer.alloc(1 << 20, 1)) > MOST_MIB) process.exit();
  }
});
