// In the place of fpm, which makes the .deb for electron-builder and cannot be had everywhere: makes one of the same
// options by dpkg-deb.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const text = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'input-type': { ...text, short: 's' },
    'output-type': { ...text, short: 't' },
    force: { type: 'boolean' },
    depends: { ...text, short: 'd', multiple: true },
    'deb-recommends': { ...text, multiple: true },
    'deb-compression': text,
    'deb-priority': text,
    architecture: text,
    'after-install': text,
    'after-remove': text,
    description: text,
    version: text,
    package: text,
    name: text,
    maintainer: text,
    vendor: text,
    url: text,
    category: text,
    license: text,
  },
});

const root = mkdtempSync(join(tmpdir(), 'winnow-deb-'));
try {
  for (const positional of positionals) {
    const split = positional.lastIndexOf('=');
    const target = join(root, positional.slice(split + 1));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(positional.slice(0, split), target, { recursive: true, verbatimSymlinks: true });
  }
  const control = {
    Package: values.name,
    Version: values.version,
    License: values.license,
    Vendor: values.vendor,
    Architecture: values.architecture,
    Maintainer: values.maintainer,
    Depends: values.depends?.join(', '),
    Recommends: values['deb-recommends']?.join(', '),
    Section: values.category,
    Priority: values['deb-priority'],
    Homepage: values.url,
    Description: values.description,
  };
  const folder = join(root, 'DEBIAN');
  mkdirSync(folder);
  const lines = Object.entries(control).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\n`],
  );
  writeFileSync(join(folder, 'control'), lines.join(''));
  for (const [script, source] of [
    ['postinst', values['after-install']],
    ['postrm', values['after-remove']],
  ] as const) {
    if (source === undefined) continue;
    cpSync(source, join(folder, script));
    chmodSync(join(folder, script), 0o755);
  }
  chmodSync(root, 0o755);
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', root, values.package ?? ''], {
    stdio: 'inherit',
  });
} finally {
  rmSync(root, { recursive: true, force: true });
}
