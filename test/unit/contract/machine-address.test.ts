import { expect, test } from 'vitest';
import { settingsSchema } from '../../../electron/contract/api/app.ts';
import {
  machineAddressesSchema,
  machineAddressText,
  MAX_MACHINES,
  readMachineAddress,
  tunnelAddressSchema,
} from '../../../electron/contract/machine-address.ts';

test.each([
  ['10.0.0.2:50052', { host: '10.0.0.2', port: 50052 }],
  [' Box.Local:1 ', { host: 'box.local', port: 1 }],
  ['my_box-2:65535', { host: 'my_box-2', port: 65535 }],
  ['[::1]:50052', { host: '::1', port: 50052 }],
  ['[FE80::1%eth0]:50052', { host: 'fe80::1%eth0', port: 50052 }],
  ['[::ffff:10.0.0.2]:50052', { host: '::ffff:10.0.0.2', port: 50052 }],
])('%s is an address', (text, address) => {
  const read = readMachineAddress(text);
  expect(read).toEqual(address);
  if ('wrong' in read) return;
  // written and read again it is the same
  expect(readMachineAddress(machineAddressText(read))).toEqual(address);
});

test.each([
  ['', 'HOST:50052'],
  ['box', 'box:50052'],
  ['box:', 'from 1 to 65535'],
  ['::1', '[::1]:50052'],
  ['::1:50052', 'HOST:PORT'],
  ['[::1]', '[::1]:50052'],
  ['box:0', 'from 1 to 65535'],
  ['box:65536', 'from 1 to 65535'],
  ['box:50052x', 'from 1 to 65535'],
  ['box:-1', 'from 1 to 65535'],
  [':50052', 'names no machine'],
  ['[box]:50052', 'names no machine'],
  ['http://box:80', 'HOST:PORT'],
  ['user@box:80', 'names no machine'],
  ['a b:80', 'names no machine'],
  ['-box:80', 'names no machine'],
  [`${'a'.repeat(254)}:80`, 'names no machine'],
])('"%s" is none, and it is said why', (text, remedy) => {
  const read = readMachineAddress(text);
  expect(read).toHaveProperty('wrong', expect.stringContaining(remedy));
});

test('a machine that is named twice counts once, and there is a limit', () => {
  expect(machineAddressesSchema.parse(['b:1', 'A:1', 'a:1', 'B:1', '[::1]:1'])).toEqual(['b:1', 'a:1', '[::1]:1']);
  const many = Array.from({ length: MAX_MACHINES }, (_, i) => `box${i}:1`);
  expect(machineAddressesSchema.parse(many)).toHaveLength(MAX_MACHINES);
  expect(machineAddressesSchema.safeParse([...many, 'one-more:1']).success).toBe(false);
});

test.each([
  ['127.0.0.1:50052', true],
  ['127.8.9.10:1', true],
  ['LOCALHOST:1', true],
  ['[::1]:1', true],
  ['10.0.0.2:1', false],
  ['box:1', false],
  ['127.0.0.1.evil.example:1', false],
  ['localhost.evil.example:1', false],
  ['[::ffff:10.0.0.2]:1', false],
  ['0.0.0.0:1', false],
])('the page may name %s: %s', (address, isAllowed) => {
  expect(tunnelAddressSchema.safeParse(address).success).toBe(isAllowed);
  const change = { placement: { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 'auto', threads: 1, rpc: [address] } };
  expect(settingsSchema.partial().safeParse(change).success).toBe(isAllowed);
});
