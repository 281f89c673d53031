// Where a group with a memory limit may be made, told from the texts of /proc. That limits hold is an integration test.
import { expect, test } from 'vitest';
import { cgroupPlaces, MemoryCgroup } from '../../bench/scale/memory-cgroup.ts';

const UNIFIED = '30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev - cgroup2 cgroup2 rw,nsdelegate\n';

test('version 2: siblings of the own group and of those above it that get the memory controller', () => {
  const own = '0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-u1.scope\n';
  const handing = ['', '/user.slice', '/user.slice/user-1000.slice/user@1000.service/app.slice'];
  expect(cgroupPlaces(UNIFIED, own, (folder) => handing.includes(folder.replace('/sys/fs/cgroup', '')))).toEqual([
    { version: 2, folder: '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice' },
    { version: 2, folder: '/sys/fs/cgroup/user.slice' },
    { version: 2, folder: '/sys/fs/cgroup' },
  ]);
});

test('version 1: a child of the own group', () => {
  const mounts = [
    '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
    '32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu',
    '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory',
    '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
  ];
  const own = '9:name=systemd:/\n5:memory:/jobs/one\n1:cpu:/\n0::/\n';
  expect(cgroupPlaces(mounts.join('\n'), own, () => false)).toEqual([
    { version: 1, folder: '/sys/fs/cgroup/memory/jobs/one' },
  ]);
});

test('a container that mounts a part of the hierarchy', () => {
  const mount = '35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro,relatime - cgroup cgroup rw,memory\n';
  expect(cgroupPlaces(mount, '5:memory:/docker/abc/inner\n', () => false)).toEqual([
    { version: 1, folder: '/sys/fs/cgroup/memory/inner' },
  ]);
  expect(cgroupPlaces(mount, '5:memory:/docker/other\n', () => false)).toEqual([]);
});

test('without such a place the error says what it takes', () => {
  expect(() => MemoryCgroup.make(1e9, [])).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(/cgroup.*root.*systemd-run/s) as string }),
  );
  expect(() => MemoryCgroup.make(1e9, [{ version: 2, folder: '/nowhere' }])).toThrow(/ENOENT/);
});
