// What was found in one completion, in words.
import { Check, TriangleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { GenerationCompletion } from '../../../../electron/contract/api/generations.ts';
import { classNames } from '../../../kit/class-names.ts';
import { useFormat } from '../../../kit/use-format.ts';
import styles from './generation.module.css';

/** Of a loop's unit: the whole is marked in the text. */
const SHOWN_UNIT = 40;

export function FindingsList({ completion }: { readonly completion: GenerationCompletion }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { tokens, findings } = completion;
  const { loop, truncated, broken, answer } = findings;
  const isClean = loop === null && truncated !== true && (broken ?? []).length === 0;
  return (
    <ul className={styles.findings}>
      <li>{t('prove.tokens', { count: tokens })}</li>
      {loop !== null && (
        <Finding icon={TriangleAlert} isFault>
          {t('generation.loops', { unit: shortened(loop.unit), times: format.count(Math.floor(loop.repeats)) })}
        </Finding>
      )}
      {truncated === true && (
        <Finding icon={TriangleAlert} isFault>
          {t('generation.cutOff')}
        </Finding>
      )}
      {broken?.map(({ kind, detail }) => (
        <Finding key={`${kind} ${detail}`} icon={TriangleAlert} isFault>
          {t(`generation.broken.${kind}`)} <span className={styles.detail}>{detail}</span>
        </Finding>
      ))}
      {answer !== null && (
        <Finding icon={answer.matches ? Check : TriangleAlert} isFault={!answer.matches}>
          {answer.matches
            ? t('generation.right')
            : answer.found === null
              ? t('generation.noAnswer', { expected: answer.expected })
              : t('generation.wrong', { found: answer.found, expected: answer.expected })}
        </Finding>
      )}
      {isClean && answer === null && <Finding icon={Check}>{t('generation.noFault')}</Finding>}
    </ul>
  );
}

type FindingProps = {
  readonly icon: LucideIcon;
  readonly isFault?: boolean;
  readonly children: ReactNode;
};

function Finding({ icon: Icon, isFault = false, children }: FindingProps): ReactNode {
  return (
    <li className={classNames(isFault && styles.caution)}>
      <Icon size={13} aria-hidden />
      <span>{children}</span>
    </li>
  );
}

function shortened(unit: string): string {
  const line = unit.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN_UNIT ? `${line.slice(0, SHOWN_UNIT)}…` : line;
}
