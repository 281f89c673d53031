// Before the tests of other platforms: says what cannot be tested here and why, brings what the rest needs, and prunes the
// sample on this system.
import type { TestProject } from 'vitest/node';
import { HERE, missing, provide, type Emulated } from './foreign.ts';
import { pruneSample, type Pruned } from './sample-flow.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Systems that can be emulated here. */
    readonly emulated: readonly Emulated[];
    /** What this system makes of the sample; null where there is nothing to compare it with. */
    readonly here: Pruned | null;
  }
}

/** Vitest's global set-up. */
export async function setup(project: TestProject): Promise<void> {
  const found: Emulated[] = [];
  for (const platform of ['win-x64', 'linux-arm64'] as const) {
    const reason = missing(platform);
    if (reason === null) found.push(platform);
    else skipped(platform, reason);
  }
  await Promise.all(found.map(provide));
  project.provide('emulated', found);
  project.provide('here', found.length === 0 ? null : await pruneSample(HERE, { evaluate: true }));
}

function skipped(platform: string, reason: string): void {
  const text = `${platform} is NOT tested: ${reason}`;
  console.warn(process.env['GITHUB_ACTIONS'] === 'true' ? `::warning title=other platforms::${text}` : text);
}
