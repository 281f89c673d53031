// Summarises the checks of a choice's answers for its verdict.
import { GENERATION_CHECKS, isWorse } from '../../../contract/generation-checks.ts';
import type { VerdictAnswers } from '../../../contract/verdict.ts';
import { isInDomain } from '../evaluation/judged-choices.ts';
import type { Store } from '../../store/database.ts';
import { figuresOf, listGenerations, referenceIds, type StoredGeneration } from './stored-generation.ts';

/**
 * With fewer prompts, loops that doubled from a healthy model's 3.6 % would go unseen more often than once in five: the exact power of
 * McNemar's test (Duffy, Biometrics 40, 1984, 1005–1015).
 */
const ENOUGH_PROMPTS = 657;

type Checked = { readonly own: StoredGeneration; readonly full: StoredGeneration };

/**
 * Reads the checks once.
 * @returns a function from a choice's hash to its newest check of each domain, with the full model's of the same prompts
 */
export function checksOfChoices(store: Store): (hash: string) => readonly Checked[] {
  const rows = listGenerations(store);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const references = referenceIds(rows);
  const byHash = Map.groupBy(rows, ({ settings }) => settings.selectionHash);
  return (hash) => {
    const checked = (byHash.get(hash) ?? []).flatMap((own): Checked[] => {
      const full = byId.get(references.get(own.id) ?? 0);
      return full ? [{ own, full }] : [];
    });
    return [...Map.groupBy(checked, ({ own }) => own.settings.domain.name).values()].flatMap(
      ([newest]) => newest ?? [],
    );
  };
}

/**
 * Reads the checks once.
 * @returns a function from a choice's hash and domains to its answers, as if all prompts were one set. Prompts known to be of other
 * domains are left out. null: none were checked
 */
export function answersOfChoices(store: Store): (hash: string, domains: readonly string[]) => VerdictAnswers | null {
  const checksOf = checksOfChoices(store);
  return (hash, domains) => {
    const checked = checksOf(hash).filter(({ own: { settings } }) => {
      const { isKnown, name } = settings.domain;
      return isInDomain(isKnown ? name : null, domains) !== false;
    });
    return checked.length === 0 ? null : answersIn(checked);
  };
}

function answersIn(checked: readonly Checked[]): VerdictAnswers | null {
  const ours = checked.flatMap(({ own }) => own.judged);
  const theirs = checked.flatMap(({ full }) => full.judged);
  const { rates, againstFull } = figuresOf(ours, theirs);
  if (!againstFull) return null;
  const full = figuresOf(theirs, null).rates;
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
