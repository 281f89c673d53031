// Winnow's unit tests on Windows' own Node, by Wine.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { emulated, ROOT } from './foreign.ts';

const windows = emulated('win-x64');

describe.skipIf(!inject('emulated').includes('win-x64'))('Windows x64 on Wine', () => {
  test('passes the unit tests of store, files, jobs, library, pruning and demos', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'winnow-unit-'));
    try {
      const report = join(folder, 'report.json');
      await windows.node([
        windows.path(join(ROOT, 'node_modules/vitest/vitest.mjs')),
        'run',
        `--config=${windows.path(join(ROOT, 'test/platforms/on-windows.config.ts'))}`,
        '--reporter=json',
        `--outputFile=${windows.path(report)}`,
      ]);
      const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as UnitReport;
      expect(failures(testResults)).toEqual([]);
      expect(numPassedTests).toBeGreaterThan(300);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

type UnitReport = {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
};

function failures(files: UnitReport['testResults']): string[] {
  return files.flatMap((file) => {
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0 && file.status !== 'passed') return [`${file.name}: ${file.message}`];
    return failed.map(({ fullName, failureMessages }) => `${file.name}: ${fullName}: ${failureMessages.join('\n')}`);
  });
}
