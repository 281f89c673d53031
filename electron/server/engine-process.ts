// The engine as a forked child of the server. It starts its own workers.
import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitReason } from '../contract/exit-reason.ts';
import type { FileInState } from '../engine/base/files/file-state.ts';
import type { EngineProcess } from '../host/engine-supervisor.ts';

function engineFile(): string {
  const { url } = import.meta;
  return fileURLToPath(new URL(`../engine/app/session/engine-process${extname(url)}`, url));
}

/**
 * Starts the engine.
 * @param home folder of the database
 * @param offer called with files that the page may download
 */
export function startEngineProcess(
  home: string,
  offer: (id: string, file: FileInState) => void = () => {},
): EngineProcess {
  const child = fork(engineFile(), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, WINNOW_HOME: home },
  });
  return {
    // a message that no longer arrives is followed by the exit
    send: (message) => child.send(message, () => {}),
    onMessage: (listener) => child.on('message', listener),
    // a browser cannot show files of this machine
    answer: (request) => {
      if (request.kind === 'offer') offer(request.id, request);
    },
    onExit: (listener) => {
      child.on('error', (error) => listener({ reason: error.message }));
      child.on('exit', (code, signal) => listener({ reason: exitReason(code, signal) }));
    },
    kill: () => child.kill('SIGKILL'),
  };
}
