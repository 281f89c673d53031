import { expect, test } from 'vitest';
import { errorToData, startProblem } from '../../../electron/contract/errors.ts';

/** As Node throws it. */
function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code, syscall: 'spawn' });
}

test.each([
  ['EMFILE', 'ulimit -n', 'FILE_UNREADABLE'],
  ['EFBIG', 'ulimit -f', 'TARGET_UNWRITABLE'],
  ['ENOSPC', 'the disk is full', 'NO_SPACE'],
])('%s is no bug of Winnow, wherever it is thrown', (code, remedy, told) => {
  const data = errorToData(systemError(code, `${code}: refused, open '/somewhere'`));
  expect(data.code).toBe(told);
  expect(data.message).toContain(remedy);
});

test('what no limit explains stays a bug', () => {
  expect(errorToData(systemError('EBADF', 'bad descriptor')).code).toBe('INTERNAL');
});

test('why no process starts is said with the limit to raise', () => {
  expect(startProblem(systemError('EAGAIN', 'spawn node EAGAIN'))).toContain('ulimit -u');
  expect(startProblem(systemError('EMFILE', 'spawn node EMFILE'))).toContain('ulimit -n');
  expect(startProblem(systemError('ENOENT', 'spawn node ENOENT'))).toBe('spawn node ENOENT');
});
