import { expect, test } from 'vitest';
import { EXPLAINED, readAudit } from '../../setup/audit-findings.ts';

const advisory = { title: 'Reads too far', url: 'https://advisories.example/1', severity: 'high', range: '<1.2.3' };
const report = JSON.stringify({
  auditReportVersion: 2,
  vulnerabilities: {
    reader: { name: 'reader', severity: 'high', via: [{ source: 1, name: 'reader', ...advisory }], effects: ['user'] },
    user: { name: 'user', severity: 'high', via: ['reader'] },
  },
  metadata: {},
});
const line = 'reader <1.2.3: Reads too far (high), https://advisories.example/1';

test('a finding is told once, and is unexplained until somebody has explained it', () => {
  expect(readAudit(report, new Map())).toEqual({ state: 'asked', explained: [], unexplained: [line] });
  const explained = new Map([[advisory.url, 'Winnow does not call it.']]);
  expect(readAudit(report, explained)).toEqual({ state: 'asked', explained: [line], unexplained: [] });
});

test('nothing is explained that nobody has found', () => {
  expect([...EXPLAINED]).toEqual([]);
});

test('no finding', () => {
  const clean = JSON.stringify({ vulnerabilities: {} });
  expect(readAudit(clean)).toEqual({ state: 'asked', explained: [], unexplained: [] });
});

test.each([
  ['a registry without the service', '{"message":"405 Method Not Allowed","method":"POST"}', '405 Method Not Allowed'],
  ['no output', '', 'npm gave no report.'],
  ['an error', '{"error":{"code":"ENOLOCK"}}', 'npm gave no report.'],
])('%s is no clean bill', (_name, output, why) => {
  expect(readAudit(output)).toEqual({ state: 'unasked', why });
});
