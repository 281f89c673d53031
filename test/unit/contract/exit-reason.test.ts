import { expect, test } from 'vitest';
import { exitReason } from '../../../electron/contract/exit-reason.ts';

test('a signal is named, and what is none stays a number', () => {
  expect(exitReason(null, 'SIGKILL', 'linux')).toBe('signal SIGKILL');
  expect(exitReason(3, null, 'linux')).toBe('exit code 3');
  expect(exitReason(1, null, 'win32')).toBe('exit code 1');
});

test('what a crash leaves on Windows is said as elsewhere', () => {
  expect(exitReason(3221226505, null, 'win32')).toBe('signal SIGABRT');
  expect(exitReason(-1073740791, null, 'win32')).toBe('signal SIGABRT');
  expect(exitReason(3, null, 'win32')).toBe('signal SIGABRT');
  expect(exitReason(-1073741819, null, 'win32')).toBe('signal SIGSEGV');
});
