// `npm run audit`: known vulnerabilities of the packages that Winnow ships with. One that is not explained fails. A
// registry that has no such service fails nothing, but is said: nobody has looked then.
import { spawnSync } from 'node:child_process';
import { readAudit } from './audit-findings.ts';

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
});
const audit = readAudit(stdout);

if (audit.state === 'unasked') {
  const text = `The packages were NOT checked for known vulnerabilities: ${audit.why}`;
  console.warn(process.env['GITHUB_ACTIONS'] === 'true' ? `::warning title=npm audit::${text}` : text);
} else {
  for (const line of audit.explained) console.log(`explained: ${line}`);
  for (const line of audit.unexplained) console.error(line);
  console.log(`${audit.unexplained.length} unexplained findings in the packages of production.`);
  process.exitCode = audit.unexplained.length > 0 ? 1 : 0;
}
