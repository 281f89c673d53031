// The verdict as a sentence, each phrase in the colour of its grade.
import {
  CircleCheck,
  CircleQuestionMark,
  OctagonAlert,
  ScanSearch,
  TriangleAlert,
  type LucideIcon,
} from 'lucide-react';
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from 'react-aria-components';
import {
  GRADES,
  SEVERE_AGREEMENT,
  SMALL_AGREEMENT,
  SEVERE_LOSS,
  SMALL_LOSS,
  type Grade,
  type Verdict,
} from '../../electron/contract/verdict.ts';
import { sentenceGap } from '../../electron/contract/text/i18n.ts';
import { verdictPhrases } from '../../electron/contract/verdict-texts.ts';
import { useLocale } from '../kit/translate.ts';
import { WithTooltip } from '../kit/tooltip.tsx';
import { useFormat } from '../kit/use-format.ts';
import styles from './verdict.module.css';

const ICONS: Readonly<Record<Grade, LucideIcon>> = {
  green: CircleCheck,
  unclear: CircleQuestionMark,
  amber: TriangleAlert,
  red: OctagonAlert,
};

export function VerdictSentence({ verdict }: { readonly verdict: Verdict }): ReactNode {
  const locale = useLocale();
  const gap = sentenceGap(locale.t);
  return (
    <p className={styles.sentence} data-grade={verdict.grade}>
      {verdict.grade === null ? (
        <ScanSearch size={18} aria-hidden className={styles.icon} />
      ) : (
        <GradeMark grade={verdict.grade} />
      )}
      <span>
        {verdictPhrases(verdict, locale).map(({ text, grade }, index) => (
          <Fragment key={text}>
            {index > 0 && gap}
            <span data-grade={grade}>{text}</span>
          </Fragment>
        ))}
      </span>
    </p>
  );
}

/** Explains on hover and on focus when a choice has this colour, and each other one. */
function GradeMark({ grade }: { readonly grade: Grade }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const Icon = ICONS[grade];
  const bounds = {
    small: format.percentWhole(SMALL_LOSS - 1),
    severe: format.percentWhole(SEVERE_LOSS - 1),
    agreed: format.percentWhole(SMALL_AGREEMENT),
    agreement: format.percentWhole(SEVERE_AGREEMENT),
  };
  return (
    <WithTooltip
      text={GRADES.map((one) => (
        <span key={one} className={styles.bound} data-current={one === grade}>
          {t(`verdict.bounds.${one}`, bounds)}
        </span>
      ))}
    >
      <Button slot={null} aria-label={t('verdict.why')} className={styles.mark ?? ''}>
        <Icon size={18} aria-hidden className={styles.icon} />
      </Button>
    </WithTooltip>
  );
}
