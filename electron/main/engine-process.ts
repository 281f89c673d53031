// The engine as a utility process of the window, with the workers that it starts here.
import { stripVTControlCharacters } from 'node:util';
import { app, shell, utilityProcess } from 'electron';
import type { EngineProcess } from '../host/engine-supervisor.ts';
import { endUtility } from './end-utility.ts';
import { utilityExit } from './utility-exit.ts';
import { entryFile } from './paths.ts';
import { WorkerProcesses } from './worker-processes.ts';

/** Number of characters of the engine's output that explain its death. */
const LAST_WORDS = 2000;

/** Starts the engine as a utility process, with its workers. Its last output explains its death. */
export function startEngineProcess(): EngineProcess {
  const child = utilityProcess.fork(entryFile('electron/engine/app/session/engine-process'), [], {
    serviceName: 'winnow-engine',
    stdio: 'pipe',
  });
  const workers = new WorkerProcesses((message) => child.postMessage(message));
  let lastWords = '';
  const listen = (words: string): void => void (lastWords = `${lastWords}${words}`.slice(-LAST_WORDS));
  // an unread pipe would block the engine
  child.stdout?.resume();
  child.stderr?.on('data', (chunk: Buffer) => listen(chunk.toString()));
  child.on('error', (type, place) => listen(`${type} at ${place}\n`));
  return {
    send: (message) => child.postMessage(message),
    onMessage: (listener) => child.on('message', listener),
    answer: (request) => {
      switch (request.kind) {
        case 'reveal':
          shell.showItemInFolder(request.path);
          break;
        case 'recent':
          app.addRecentDocument(request.path);
          break;
        case 'offer':
          // the files are on this machine already
          break;
        default:
          workers.receive(request);
      }
    },
    onExit: (listener) => {
      child.on('exit', (code) => {
        workers.killAll();
        listener({ reason: utilityExit(code), log: stripVTControlCharacters(lastWords) });
      });
    },
    kill: () => endUtility(child),
  };
}
