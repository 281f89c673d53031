// What unpatched llama.cpp makes of a file: the program test/native/stock-check, kept running.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { REFERENCE_DIR } from '../../../../native/build.ts';

const STAGES = ['none', 'header', 'vocab', 'full'] as const;

/** The last stage that the file passed, how the next one ended, and what llama.cpp said. */
export type StockVerdict = {
  readonly stage: (typeof STAGES)[number];
  readonly end: string;
  readonly reason: string;
};

export type StockCheck = {
  readonly pid: number | undefined;
  /** @param path of the first part */
  check(path: string): Promise<StockVerdict>;
  close(): Promise<void>;
};

export function startStockCheck(): StockCheck {
  const child = spawn(join(REFERENCE_DIR, 'stock-check'), { stdio: ['pipe', 'pipe', 'ignore'] });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const gone = once(child, 'close');
  return {
    pid: child.pid,
    check: async (path) => {
      child.stdin.write(`${path}\n`);
      const answer = await answers.next();
      const [stage, end = '', reason = ''] = z.string().parse(answer.value).split('\t');
      return { stage: z.enum(STAGES).parse(stage), end, reason };
    },
    close: async () => {
      child.stdin.end();
      await gone;
    },
  };
}
