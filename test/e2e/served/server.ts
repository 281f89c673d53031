// A real `winnow serve` of a person with an empty home folder, as a process of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { FOREIGN_VARIABLES, homeEnvironment } from '../home-environment.ts';
import { within } from '../within.ts';
import '../../setup/own-cores.ts';

export const COMMAND_LINE = fileURLToPath(new URL('../../../electron/cli/winnow.ts', import.meta.url));

const announcedSchema = z.object({ address: z.url(), output: z.string() });

export type Served = {
  /** Opens once. */
  readonly address: string;
  /** The server's origin, without the token. */
  readonly origin: string;
  /** Where exports go. */
  readonly output: string;
  /** From where models may be added. */
  readonly models: string;
  /** As the machine's power cut would. */
  kill(): Promise<void>;
  /** As Ctrl+C does. @returns the exit code */
  stop(): Promise<number | string>;
  /** What it wrote on stderr. */
  readonly log: () => string;
};

export type Program = {
  /** The command line of another checkout. */
  readonly commandLine?: string;
  /** Beside what every server is started with. */
  readonly env?: NodeJS.ProcessEnv;
};

/** @param port 0: any free one */
export async function startServed(
  home: string,
  port = 0,
  { commandLine = COMMAND_LINE, env = {} }: Program = {},
): Promise<Served> {
  const output = join(home, 'pruned');
  mkdirSync(output, { recursive: true });
  const models = join(home, 'shared');
  mkdirSync(models, { recursive: true });
  const folders = ['--output', output, '--models', models];
  const child = spawn(process.execPath, [commandLine, 'serve', '--json', '--port', String(port), ...folders], {
    env: { ...environment(home), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const exited = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const end = async (signal: NodeJS.Signals): Promise<number | string> => {
    child.kill(signal);
    return within(20_000, 'the server did not end', exited);
  };
  try {
    const { address } = await within(20_000, 'the server printed no address', announced(child, announcedSchema));
    return {
      address,
      origin: new URL(address).origin,
      output,
      models,
      kill: async () => {
        await end('SIGKILL');
      },
      stop: () => end('SIGINT'),
      log: () => log,
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${String(error)}\n${log}`, { cause: error });
  }
}

/**
 * The document that a command prints when it is ready.
 * @throws Error if the process ends before
 */
export function announced<T>(child: ChildProcess, schema: z.ZodType<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      // one document, printed in one piece or several
      if (text.trimEnd().endsWith('}')) resolve(schema.parse(JSON.parse(text)));
    });
    child.once('exit', (code) => reject(new Error(`the command ended with ${code}`)));
  });
}

export function environment(home: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ...homeEnvironment(home) };
  for (const name of FOREIGN_VARIABLES) env[name] = undefined;
  return env;
}
