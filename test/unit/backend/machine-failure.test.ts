import { expect, test } from 'vitest';
import { WinnowError, type ErrorCode } from '../../../electron/contract/errors.ts';
import { inEnglish } from '../../../electron/contract/sentences.ts';
import { machineFailure, machineRefusal } from '../../../electron/engine/base/backend/backend.ts';

function failed(code: ErrorCode, ...lines: string[]): WinnowError {
  return new WinnowError(code, 'It failed.', { log: [], tail: lines });
}

test('a crash after a lost machine names the machine, the model and what to do', () => {
  const error = failed(
    'BACKEND_CRASHED',
    'decode: 1',
    '/src/ggml-rpc.cpp:40: RPC server [fe80::1]:50052 is lost: Connection timed out',
  );
  const failure = machineFailure(error, '/models/a.gguf');
  expect(failure).toMatchObject({
    code: 'MACHINE_UNAVAILABLE',
    details: { endpoint: '[fe80::1]:50052' },
    cause: error,
  });
  expect(failure?.message).toMatch(
    /\[fe80::1\]:50052 is gone: Connection timed out\. .*\/models\/a\.gguf.*winnow worker/,
  );
});

test.each([
  ['failed to allocate RPC0[10.0.0.2:50052] buffer of size 123', '10.0.0.2:50052'],
  ['error loading model: unable to allocate RPC1[[::1]:7] buffer', '[::1]:7'],
])('"%s" is the memory of that machine', (line, endpoint) => {
  const failure = machineFailure(failed('INTERNAL', line), null);
  expect(failure).toMatchObject({ code: 'OUT_OF_MEMORY', details: { endpoint } });
  expect(failure?.message).toContain(endpoint);
});

test('other failures stay what they are', () => {
  expect(machineFailure(failed('BACKEND_CRASHED', 'GGML_ASSERT(x) failed'), null)).toBeNull();
  expect(machineFailure(failed('INTERNAL', 'failed to allocate CPU buffer of size 1'), null)).toBeNull();
  // the log of a process that goes on is not about this error
  expect(machineFailure(failed('CANCELLED', 'RPC server a:1 is lost: x'), null)).toBeNull();
  expect(machineFailure(new Error('plain'), null)).toBeNull();
});

test('a refusal says whether the machine is not there or is another kind', () => {
  const absent = machineRefusal('a:1', 'unreachable: Connection refused');
  expect(absent.state).toBe('unreachable');
  expect(inEnglish(absent.why)).toMatch(/^a:1 .*Connection refused.*winnow worker/);
  const other = machineRefusal('a:1', 'incompatible: it speaks version 5.0.0');
  expect(other.state).toBe('incompatible');
  expect(inEnglish(other.why)).toMatch(/^a:1 .*version 5\.0\.0.*same version/);
});
