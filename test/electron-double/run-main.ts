// Starts the app's main module as Electron does: its code first, then `ready`. A module that awaits app.whenReady() at
// its top level would wait for ever in Electron; here too.
import { pathToFileURL } from 'node:url';
import { startOptions } from './main/host.ts';
import { becomeReady } from './main/life.ts';
import './main/person.ts';

process.argv.splice(1, 1, startOptions.main);
await import(pathToFileURL(startOptions.main).href);
becomeReady();
