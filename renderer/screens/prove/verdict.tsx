// What the figures mean for the selection, and what they cannot tell.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../kit/use-format.ts';
import { AnswersVerdict } from './answers/answers-verdict.tsx';
import { judgedVariant } from './answers/judging.ts';
import type { Answers } from './answers/use-answers.ts';
import styles from './proof/prove.module.css';
import { SIDES, type SideName } from './proof/sides.ts';
import type { Proof, ProofVariant } from './proof/use-proof.ts';
import { useShortName } from './proof/variant-name.tsx';
import { damageOf, type Comparison, type Damage } from './texts/comparison.ts';

type VerdictProps = { readonly proof: Proof; readonly comparison: Comparison; readonly answers: Answers };

export function Verdict({ proof, comparison, answers }: VerdictProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useShortName(proof.variants);
  const subject = judged(proof, comparison) ?? judgedVariant(proof.variants, answers.compared);
  if (subject === undefined) return null;
  const damages = SIDES.map((side): [SideName, Damage | null] => [side, damageOf(comparison[side], subject.key)]);
  const [inDomain, outOfDomain] = damages.map(([, damage]) => damage);
  const warning = inDomain?.isSevere
    ? t('prove.severeInDomain')
    : outOfDomain?.isSevere
      ? t('prove.severeOutOfDomain', { domains: format.list(proof.domains) })
      : null;
  return (
    <section className={styles.verdict} aria-label={t('prove.verdict')}>
      <p>
        <strong>{nameOf(subject)}</strong>
        {damages.map(
          ([side, damage]) =>
            damage && (
              <span key={side}>
                {t(`prove.damage.${side}`, {
                  rise: `${damage.rise < 0 ? '−' : '+'}${format.percent(Math.abs(damage.rise))}`,
                  same: format.percent(damage.same),
                })}
              </span>
            ),
        )}
      </p>
      {warning !== null && (
        <p className={styles.warning}>
          <TriangleAlert size={16} aria-hidden />
          <span>{warning}</span>
        </p>
      )}
      <AnswersVerdict answers={answers} variants={proof.variants} subject={subject} />
    </section>
  );
}

/** The written file where it was measured, otherwise the selection's preview. */
function judged({ variants }: Proof, comparison: Comparison): ProofVariant | undefined {
  const isMeasured = ({ key, isOwn }: ProofVariant): boolean =>
    isOwn && SIDES.some((side) => damageOf(comparison[side], key) !== null);
  return (
    variants.find((one) => one.kind === 'file' && isMeasured(one)) ??
    variants.find((one) => one.kind === 'preview' && isMeasured(one))
  );
}
