import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { NOTICES_FILE, packagesSection, withSection } from './bundled-packages.ts';

const BUILD_MS = 60_000;

it(
  'the notices carry the licence of every package in the page: else run "npm run notices"',
  { timeout: BUILD_MS },
  async () => {
    const notices = readFileSync(NOTICES_FILE, 'utf8');
    const section = await packagesSection();
    expect(section).toContain('react-aria-components');
    expect(notices).toBe(withSection(notices, section));
  },
);
