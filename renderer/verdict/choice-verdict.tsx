// What the current choice saves and costs: the same sentence on every screen that it concerns.
import { ScanSearch } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { Skeleton } from '../kit/skeleton.tsx';
import { go } from '../state/navigation.ts';
import { useTrailSelection } from '../state/trail-items.ts';
import { MeasureOffer } from './measure-offer.tsx';
import { usePlannedSubject, useVerdict } from './use-verdict.ts';
import { VerdictSentence } from './verdict-sentence.tsx';
import styles from './verdict.module.css';

type ChoiceVerdictProps = {
  /** The figures are below, with the controls to measure them: no button is needed that leads to them or measures. */
  readonly isWithFigures?: boolean;
};

export const ChoiceVerdict = memo(function ChoiceVerdict({ isWithFigures = false }: ChoiceVerdictProps): ReactNode {
  const { t } = useTranslation();
  const selection = useTrailSelection();
  const verdict = useVerdict(selection);
  const { subject, plan } = usePlannedSubject(selection);
  if (selection === null) return null;
  const { inside, outside, unknown } = verdict ?? {};
  const hasFigures = Boolean(inside ?? outside ?? unknown);
  const isMissing = verdict !== undefined && !unknown && (!inside || !outside);
  return (
    <section className={classNames(kit.cluster, kit.framed, styles.verdict)} aria-label={t('verdict.title')}>
      {verdict === undefined ? <Skeleton height={26} /> : <VerdictSentence verdict={verdict} />}
      {!isWithFigures && hasFigures && (
        <Button size="small" variant="quiet" icon={ScanSearch} onPress={() => go('prove')}>
          {t('verdict.figures')}
        </Button>
      )}
      {/* a file that differs from the plain choice is measured once it is written */}
      {!isWithFigures && isMissing && plan === null && (
        <MeasureOffer subject={subject} lacks={{ inside: !inside, outside: !outside }} />
      )}
    </section>
  );
});
