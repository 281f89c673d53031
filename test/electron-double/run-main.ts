// Starts the app's main module as Electron does: its code first, then `ready`. A module that awaits app.whenReady() at
// its top level would wait for ever in Electron; here too.
import { pathToFileURL } from 'node:url';
import { app } from './main/app.ts';
import { startOptions } from './main/host.ts';
import './main/observe.ts';
import './main/page-events.ts';

process.argv.splice(1, 1, startOptions.main);
await import(pathToFileURL(startOptions.main).href);
app.becomeReady();
