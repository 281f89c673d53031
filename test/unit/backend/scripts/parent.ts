// Starts a process, says its number once it runs, and waits to be killed.
import { fork } from 'node:child_process';

const [script = '', ...args] = process.argv.slice(2);
const child = fork(script, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
child.once('message', () => console.log(child.pid));
setInterval(() => {}, 1 << 30);
