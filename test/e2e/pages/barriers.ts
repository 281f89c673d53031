// What keeps people out who see, move or hear little, as axe finds it in the finished picture.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { settled } from './settled.ts';

/** What a screen reader finds its way by: axe takes faults in it for moderate or minor. */
const STRUCTURE_RULES: ReadonlySet<string> = new Set(['heading-order', 'landmark-unique', 'empty-table-header']);

/** @param rules that are looked at; without them all that axe looks at by itself */
export async function barriers(page: Page, rules?: string[]): Promise<string[]> {
  // a colour that still fades has the contrast of neither state
  await settled(page);
  // legacy: the other way opens a page of its own, which no window of the app may
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  return violations
    .filter(({ id, impact }) => impact === 'serious' || impact === 'critical' || STRUCTURE_RULES.has(id))
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary ?? ''}`));
}
