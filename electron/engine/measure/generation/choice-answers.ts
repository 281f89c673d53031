// Summarises the checks of a choice's answers for its verdict.
import { GENERATION_CHECKS, isWorse } from '../../../contract/generation-checks.ts';
import type { VerdictAnswers } from '../../../contract/verdict.ts';
import { isInDomain } from '../evaluation/judged-choices.ts';
import type { Store } from '../../store/database.ts';
import { toFigures, generationLedger, type StoredGeneration } from './stored-generation.ts';

/**
 * With fewer prompts, loops that doubled from a healthy model's 3.6 % would go unseen more often than once in five: the exact power of
 * McNemar's test (Duffy, Biometrics 40, 1984, 1005–1015).
 */
const ENOUGH_PROMPTS = 657;

type Checked = { readonly own: StoredGeneration; readonly full: StoredGeneration };

/** All checks, newest first, each with the newest of its full model on the same prompts. */
export function listChecked(store: Store): Checked[] {
  const rows = generationLedger(store).list();
  const toKey = (measured: string | null, { settings }: StoredGeneration): string =>
    `${measured} ${settings.domain.id}`;
  const newest = new Map(rows.toReversed().map((row) => [toKey(row.measured, row), row]));
  return rows.flatMap((own) => {
    const full = newest.get(toKey(own.settings.full.measured, own));
    return full && full !== own ? [{ own, full }] : [];
  });
}

/** The newest check of a choice in each domain. */
export function checksOfChoice(store: Store, hash: string | null): Checked[] {
  const checked = hash === null ? [] : listChecked(store).filter(({ own }) => own.settings.selectionHash === hash);
  return [...Map.groupBy(checked, ({ own }) => own.settings.domain.name).values()].flatMap(([one]) => one ?? []);
}

/**
 * A choice's answers, as if all prompts were one set. Prompts known to be of other domains are left out.
 * @returns null: none were checked
 */
export function answersOfChoice(store: Store, hash: string, domains: readonly string[]): VerdictAnswers | null {
  const checked = checksOfChoice(store, hash).filter(({ own: { settings } }) => {
    const { isKnown, name } = settings.domain;
    return isInDomain(isKnown ? name : null, domains) !== false;
  });
  return checked.length === 0 ? null : answersIn(checked);
}

function answersIn(checked: readonly Checked[]): VerdictAnswers | null {
  const ours = checked.flatMap(({ own }) => own.result.judged);
  const theirs = checked.flatMap(({ full }) => full.result.judged);
  const { rates, againstFull } = toFigures(ours, theirs);
  if (!againstFull) return null;
  const full = toFigures(theirs, null).rates;
  return {
    prompts: ours.length,
    worse: GENERATION_CHECKS.flatMap((check) => {
      const [share, fullShare] = [rates[check], full[check]];
      return share && fullShare && isWorse(check, againstFull[check])
        ? [{ check, share: share.value, full: fullShare.value }]
        : [];
    }),
    isFew: ours.length < ENOUGH_PROMPTS,
  };
}
