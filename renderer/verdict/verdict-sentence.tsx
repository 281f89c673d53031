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
import type { Grade, Verdict } from '../../electron/contract/verdict.ts';
import { sentenceGap } from '../../electron/contract/text/words.ts';
import { verdictPhrases } from '../../electron/contract/verdict-words.ts';
import { useVoice } from '../kit/speech.ts';
import styles from './verdict.module.css';

const ICONS: Readonly<Record<Grade, LucideIcon>> = {
  green: CircleCheck,
  unclear: CircleQuestionMark,
  amber: TriangleAlert,
  red: OctagonAlert,
};

export function VerdictSentence({ verdict }: { readonly verdict: Verdict }): ReactNode {
  const voice = useVoice();
  const Icon = verdict.grade === null ? ScanSearch : ICONS[verdict.grade];
  const gap = sentenceGap(voice.say);
  return (
    <p className={styles.sentence} data-grade={verdict.grade}>
      <Icon size={18} aria-hidden className={styles.icon} />
      <span>
        {verdictPhrases(verdict, voice).map(({ text, grade }, index) => (
          <Fragment key={text}>
            {index > 0 && gap}
            <span data-grade={grade}>{text}</span>
          </Fragment>
        ))}
      </span>
    </p>
  );
}
